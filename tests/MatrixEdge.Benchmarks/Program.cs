using System.CommandLine;
using System.Runtime.InteropServices;
using MatrixEdge.Benchmarks;
using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Figures;
using MatrixEdge.Benchmarks.Scale;

using var interrupted = new CancellationTokenSource();
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onHangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

var rounds = new Option<int>("--rounds")
{
    Description = "How often each figure is measured on each peer; the table shows medians.",
    DefaultValueFactory = _ => 5,
};
var seconds = new Option<int>("--seconds") { Description = "How long one measurement lasts, in seconds.", DefaultValueFactory = _ => 5 };
var work = new Option<string[]>("--work")
{
    Description = "The figures to measure; all without it.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [.. AllFigures.Names],
};
var isShort = new Option<bool>("--short")
{
    Description = "A round of a second, and as little of everything as shows that all can be measured; the figures say nothing.",
};
var gateway = new Option<FileInfo?>("--gateway")
{
    Description = "A published gateway to measure, for example out/matrixedge; without it src/MatrixEdge is published.",
    HelpName = "FILE",
};
work.AcceptOnlyFromAmong([.. AllFigures.Names]);
foreach (var number in (Option<int>[])[rounds, seconds])
{
    number.Validators.Add(result =>
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 1 or > 1000)
            result.AddError($"{number.Name} must be between 1 and 1000");
    });
}

var peers = new Command("peers", "Measures the gateway, nginx, HAProxy and Caddy on the same work, in turn, and prints one table.") { rounds, seconds, work, isShort, gateway };
peers.SetAction(arguments => PeersCommand.RunAsync(
    new PeersOptions(
        arguments.GetValue(isShort) ? 1 : arguments.GetValue(rounds),
        TimeSpan.FromSeconds(arguments.GetValue(isShort) ? 1 : arguments.GetValue(seconds)),
        arguments.GetValue(work)!, arguments.GetValue(isShort), arguments.GetValue(gateway)),
    interrupted.Token));

var curve = new Option<string[]>("--curve")
{
    Description = "The curves to draw; all without it.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [.. ScaleCommand.Curves],
};
curve.AcceptOnlyFromAmong([.. ScaleCommand.Curves]);
var points = new Option<int[]>("--points")
{
    Description = "How many connections, sites or certificates; without it as many as the curve has by itself.",
    AllowMultipleArgumentsPerToken = true,
    DefaultValueFactory = _ => [],
};
points.Validators.Add(result =>
{
    if (result.Tokens.Any(token => int.TryParse(token.Value, out var value) && value is < 1 or > 60_000))
        result.AddError("--points must be between 1 and 60000");
});
var scale = new Command("scale", "Measures how the gateway's cost grows with connections, sites and certificates.") { curve, points, seconds, isShort, gateway };
scale.SetAction(arguments => ScaleCommand.RunAsync(
    new ScaleOptions(
        TimeSpan.FromSeconds(arguments.GetValue(isShort) ? 1 : arguments.GetValue(seconds)), arguments.GetValue(curve)!, arguments.GetValue(points)!,
        arguments.GetValue(isShort), arguments.GetValue(gateway)),
    interrupted.Token));

var backend = new Command("backend", "The homeserver's stand-in; the other commands start it.") { Hidden = true };
backend.SetAction(_ => BackendCommand.RunAsync(interrupted.Token));

var (port, path) = (new Argument<int>("port"), new Argument<string>("path"));
var (perSecond, duration) = (new Argument<double>("requests-per-second"), new Argument<double>("seconds"));
var pace = new Command(PaceCommand.Name, "Requests at a constant rate; the other commands start it.") { port, path, perSecond, duration };
pace.Hidden = true;
pace.SetAction(arguments => PaceCommand.RunAsync(
    arguments.GetValue(port), arguments.GetValue(path)!, arguments.GetValue(perSecond), arguments.GetValue(duration), interrupted.Token));

var count = new Argument<int>("count");
var hold = new Command(HoldCommand.Name, "Connections that stay open; the other commands start it.") { port, path, count };
hold.Hidden = true;
hold.SetAction(arguments => HoldCommand.RunAsync(arguments.GetValue(port), arguments.GetValue(path)!, arguments.GetValue(count), interrupted.Token));

var sites = new Argument<int>("sites");
var handshake = new Command(HandshakeCommand.Name, "New connections to many sites; the other commands start it.") { port, sites, duration };
handshake.Hidden = true;
handshake.SetAction(arguments => HandshakeCommand.RunAsync(arguments.GetValue(port), arguments.GetValue(sites), arguments.GetValue(duration), interrupted.Token));

var root = new RootCommand("Measures MatrixEdge.") { peers, scale, backend, pace, hold, handshake };
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

// What runs is stopped on the way out; a second Ctrl+C would only interrupt that.
void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    interrupted.Cancel();
}
