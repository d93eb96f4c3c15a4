using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Figures;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;
using MatrixEdge.Benchmarks.Reporting;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>
/// Measures how the gateway's cost grows with connections, sites and certificates, prints a table for each on standard output
/// and how far it is on the error stream, and stops what it started, however it ends.
/// </summary>
internal static class ScaleCommand
{
    public static readonly IReadOnlyList<string> Curves = [ConnectionCurve.Name, SiteCurve.Name, CertificateCurve.Name];

    public static Task<int> RunAsync(ScaleOptions options, CancellationToken interrupted) =>
        Guarded.RunAsync(options.Limit, stop => MeasureAsync(options, stop), interrupted);

    private static async Task<bool> MeasureAsync(ScaleOptions options, CancellationToken stop)
    {
        var tools = Tools.Find();
        using var folder = new TemporaryFolder();
        using var certificate = new TestCertificate(folder);
        var program = await GatewayProgram.FindAsync(options.Gateway, folder, stop);

        // Before anything is started that should have the limit, too.
        OpenFiles.Raise(ConnectionCurve.FilesFor(options));
        await using var backend = await RunningBackend.StartAsync(stop);
        var stage = new Stage(folder, certificate, backend.Port, tools);

        MachineFacts.Write(Console.Out);
        Console.WriteLine($"{PeerNames.Gateway + ":",-9} {(await Contenders.GatewayAsync(program, stop)).About}");
        var (disturbance, problems) = (new Disturbance(), new Problems());
        foreach (var name in options.Curves)
        {
            ICurve curve = name switch
            {
                ConnectionCurve.Name => new ConnectionCurve(stage, backend, program, options),
                SiteCurve.Name => new SiteCurve(stage, program, options),
                _ => new CertificateCurve(stage, program, options),
            };
            Console.WriteLine();
            Console.WriteLine(curve.About);
            Console.WriteLine();
            MarkdownTable.Write(Console.Out, await DrawAsync(curve, problems, stop));
        }

        Console.WriteLine();
        disturbance.Write(Console.Out);
        foreach (var problem in problems.Found)
            Console.WriteLine($"not measured: {problem}");
        return problems.Found.Count == 0;
    }

    // A column for each point: figures are many, points few.
    private static async Task<IReadOnlyList<string[]>> DrawAsync(ICurve curve, Problems problems, CancellationToken stop)
    {
        var columns = new List<string[]> { curve.Figures };
        foreach (var point in curve.Points)
        {
            if (await problems.TryAsync($"{point:#,0} {curve.Figures[0]}", () => curve.MeasureAsync(point, stop)) is not { } column)
                continue;

            columns.Add(column);
            await Console.Error.WriteLineAsync(string.Join(", ", curve.Figures.Zip(column, (figure, value) => $"{figure} {value}")));
        }

        return [.. curve.Figures.Select((_, line) => columns.Select(column => column[line]).ToArray())];
    }
}
