using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Works;

namespace MatrixEdge.Benchmarks.Figures;

/// <summary>The figures in the order of the table.</summary>
internal static class AllFigures
{
    /// <summary>As the option <c>--work</c> has them.</summary>
    public static IEnumerable<string> Names => [.. AllWorks.Names, LatencyFigures.Name, StartFigures.Name, MemoryFigures.Name];

    public static IReadOnlyList<IFigures> Choose(Stage stage, IReadOnlyList<Contender> contenders, PeersOptions options)
    {
        var chosen = new List<IFigures>();
        if (options.Works.Count > 0)
            chosen.Add(new WorkFigures(stage, contenders, options));
        if (options.Names.Contains(LatencyFigures.Name))
            chosen.Add(new LatencyFigures(stage, contenders, options));
        if (options.Names.Contains(StartFigures.Name))
            chosen.Add(new StartFigures(stage, contenders, options));
        if (options.Names.Contains(MemoryFigures.Name))
            chosen.Add(new MemoryFigures(stage, contenders, options));
        return chosen;
    }
}
