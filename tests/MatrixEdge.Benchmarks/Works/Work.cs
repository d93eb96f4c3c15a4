using MatrixEdge.Benchmarks.Peers;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>Something that all peers do for a while, as fast as they can.</summary>
/// <param name="Name">As the option <c>--work</c> has it.</param>
/// <param name="Title">As the table has it.</param>
/// <param name="Unit">What is counted: <c>request</c>, <c>connection</c> or <c>MB</c>.</param>
internal abstract record Work(string Name, string Title, string Unit)
{
    /// <summary>How the load is made, for those who read the table.</summary>
    public abstract string About { get; }

    /// <exception cref="BenchmarkException">An answer was wrong or missing: the figure would say nothing.</exception>
    public abstract Task<Load> RunAsync(Peer peer, Stage stage, TimeSpan duration, CancellationToken stop);
}
