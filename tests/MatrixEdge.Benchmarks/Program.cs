using System.CommandLine;
using System.Runtime.InteropServices;
using MatrixEdge.Benchmarks;
using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Works;

using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var rounds = new Option<int>("--rounds")
{
    Description = "How often each work is measured on each peer; the table shows medians.",
    DefaultValueFactory = _ => 3,
};
var seconds = new Option<int>("--seconds") { Description = "How long one measurement lasts.", DefaultValueFactory = _ => 5 };
var work = new Option<string[]>("--work")
{
    Description = "The works to measure; all without it.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [.. AllWorks.Names],
};
var gateway = new Option<FileInfo?>("--gateway")
{
    Description = "A published gateway to measure, for example out/matrixedge; without it src/MatrixEdge is published.",
    HelpName = "FILE",
};
work.AcceptOnlyFromAmong([.. AllWorks.Names]);
foreach (var number in (Option<int>[])[rounds, seconds])
{
    number.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 1 or > 1000)
            result.AddError($"{number.Name} must be between 1 and 1000");
    });
}

var peers = new Command("peers", "Measures the gateway, nginx and Caddy on the same work, in turn, and prints one table.") { rounds, seconds, work, gateway };
peers.SetAction(arguments => PeersCommand.RunAsync(
    new PeersOptions(
        arguments.GetValue(rounds), TimeSpan.FromSeconds(arguments.GetValue(seconds)), AllWorks.Choose(arguments.GetValue(work)!), arguments.GetValue(gateway)),
    interrupted.Token));

var backend = new Command("backend", "The homeserver's stand-in; the other commands start it.") { Hidden = true };
backend.SetAction(_ => BackendCommand.RunAsync(interrupted.Token));

var root = new RootCommand("Measures MatrixEdge.") { peers, backend };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

// What runs is stopped on the way out; a second Ctrl+C would only interrupt that.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
