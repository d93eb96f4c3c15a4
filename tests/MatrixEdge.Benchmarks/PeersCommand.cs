using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Figures;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks;

/// <summary>
/// Measures gateway, nginx, HAProxy and Caddy, prints the table on standard output and how far it is on the error stream, and
/// stops what it started, however it ends.
/// </summary>
internal static class PeersCommand
{
    public static Task<int> RunAsync(PeersOptions options, CancellationToken interrupted) =>
        Guarded.RunAsync(options.Limit, stop => MeasureAsync(options, stop), interrupted);

    private static async Task<bool> MeasureAsync(PeersOptions options, CancellationToken stop)
    {
        var tools = Tools.Find();
        using var folder = new TemporaryFolder();
        using var certificate = new TestCertificate(folder);
        var program = await GatewayProgram.FindAsync(options.Gateway, folder, stop);
        await using var backend = await RunningBackend.StartAsync(stop);
        var stage = new Stage(folder, certificate, backend.Port, tools);
        var contenders = await Contenders.FindAsync(stage, program, stop);

        MachineFacts.Write(Console.Out);
        await IntroduceAsync(contenders, stage, stop);
        var all = AllFigures.Choose(stage, contenders, options);
        foreach (var (name, about) in all.SelectMany(figures => figures.About))
            Console.WriteLine($"{name + ":",-11} {about}");
        Console.WriteLine(
            $"rounds:     {options.Rounds} of {options.Duration.TotalSeconds:0} s, in turn, after {options.WarmUp.TotalSeconds:0} s of warming up each; access logs on for all; "
            + "the table has medians, and as spread the widest range of rounds ÷ median");
        Console.WriteLine();

        var (disturbance, problems, rows) = (new Disturbance(), new Problems(), new List<Row>());
        foreach (var figures in all)
            rows.AddRange(await figures.RunAsync(problems, stop));
        ResultTable.Write(Console.Out, rows);
        Console.WriteLine();
        foreach (var note in all.SelectMany(figures => figures.Notes))
            Console.WriteLine(note);
        disturbance.Write(Console.Out);
        foreach (var problem in problems.Found)
            Console.WriteLine($"not measured: {problem}");
        return problems.Found.Count == 0;
    }

    // Who they are, as far as that can be asked, and that all do the same.
    private static async Task IntroduceAsync(IReadOnlyList<Contender> contenders, Stage stage, CancellationToken stop)
    {
        await using var peers = await RunningPeers.StartAsync(contenders, stage, stop);
        using var client = new PeerClient(stage.Certificate);
        foreach (var peer in peers.All)
        {
            await client.CheckAsync(peer, stop);
            Console.WriteLine($"{peer.Name + ":",-11} {peer.About}; processes: {peer.Processes.Count}; {await H2Load.AskTlsAsync(peer, stage, stop)}");
        }

        Console.WriteLine("backend:    Kestrel of this program, HTTP/1.1, a process of its own");
    }
}
