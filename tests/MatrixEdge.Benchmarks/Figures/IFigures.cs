using MatrixEdge.Benchmarks.Reporting;

namespace MatrixEdge.Benchmarks.Figures;

/// <summary>Some figures of all peers, measured together, on peers that are started for them.</summary>
internal interface IFigures
{
    /// <summary>How they come about, for those who read the table: a line for each name of <c>--work</c>.</summary>
    IEnumerable<(string Name, string About)> About { get; }

    /// <summary>What stands below the table; known when all is measured.</summary>
    IEnumerable<string> Notes => [];

    /// <summary>Measures. What fails is told to <paramref name="problems"/>, and missing in the rows.</summary>
    Task<IReadOnlyList<Row>> RunAsync(Problems problems, CancellationToken stop);
}
