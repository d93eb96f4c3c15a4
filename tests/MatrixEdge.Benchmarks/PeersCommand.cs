using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks;

/// <summary>
/// Starts backend, gateway, nginx and Caddy, measures them, prints the table on standard output and how far it is on the
/// error stream, and stops what it started, however it ends.
/// </summary>
internal static class PeersCommand
{
    public static async Task<int> RunAsync(PeersOptions options, CancellationToken interrupted)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        stop.CancelAfter(options.Limit);
        try
        {
            return await MeasureAsync(options, stop.Token) ? 0 : 1;
        }
        catch (Exception exception) when (interrupted.IsCancellationRequested && exception is (OperationCanceledException or BenchmarkException))
        {
            // Ctrl+C on a terminal reaches the others, too; that they end is no news then.
            await Console.Error.WriteLineAsync("Interrupted; everything that was started is stopped");
        }
        catch (BenchmarkException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"Not done after {options.Limit.TotalMinutes:0} minutes; given up");
        }

        return 1;
    }

    private static async Task<bool> MeasureAsync(PeersOptions options, CancellationToken stop)
    {
        var tools = Tools.Find();
        using var folder = new TemporaryFolder();
        using var certificate = new TestCertificate(folder);
        using var client = new PeerClient(certificate);

        var program = options.Gateway?.FullName;
        if (program is null)
        {
            await Console.Error.WriteLineAsync("publishing the gateway");
            program = await GatewayProgram.PublishAsync(folder.File("gateway"), stop);
        }
        else if (!File.Exists(program))
        {
            throw new BenchmarkException($"There is no {program}; publish the gateway, or leave --gateway out");
        }

        await using var backend = await RunningBackend.StartAsync(stop);
        var stage = new Stage(folder, certificate, backend.Port, tools);
        var start = new PeerStart(stage, client);

        await using var gateway = await start.GatewayAsync(program, stop);
        await using var nginx = await start.NginxAsync(stop);
        await using var caddy = await start.CaddyAsync(stop);
        Peer[] peers = [gateway, nginx, caddy];
        foreach (var peer in peers)
            await client.CheckAsync(peer, stop);

        MachineFacts.Write(Console.Out);
        foreach (var peer in peers)
            Console.WriteLine($"{peer.Name + ":",-9} {peer.About}; processes: {peer.Processes.Count}; {await H2Load.AskTlsAsync(peer, stage, stop)}");
        Console.WriteLine("backend:  Kestrel of this program, HTTP/1.1, a process of its own");
        foreach (var work in options.Works)
            Console.WriteLine($"{work.Name + ":",-11} {work.About}");
        Console.WriteLine(
            $"rounds:   {options.Rounds} of {options.Duration.TotalSeconds:0} s, in turn, after {options.WarmUp.TotalSeconds:0} s of warming up each; access logs on for all; "
            + "the table has medians, and as spread the widest range of rounds ÷ median");
        Console.WriteLine();

        var disturbance = new Disturbance();
        var measuring = new Measuring(stage, peers, options);
        ResultTable.Write(Console.Out, await measuring.RunAsync(stop));
        Console.WriteLine();
        disturbance.Write(Console.Out);
        foreach (var problem in measuring.Problems)
            Console.WriteLine($"not measured: {problem}");
        return measuring.Problems.Count == 0;
    }
}
