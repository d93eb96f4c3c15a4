namespace MatrixEdge.Benchmarks.Scale;

/// <summary>What the command <c>scale</c> was asked for.</summary>
/// <param name="Curves">Of <see cref="ScaleCommand.Curves"/>.</param>
/// <param name="Points">How many connections, sites or certificates; none for as many as each curve has by itself.</param>
/// <param name="IsShort">Whether it is the instrument that is examined, and not the gateway.</param>
/// <param name="Gateway">A published gateway; null to publish it.</param>
internal sealed record ScaleOptions(TimeSpan Duration, IReadOnlyList<string> Curves, IReadOnlyList<int> Points, bool IsShort, FileInfo? Gateway)
{
    public IReadOnlyList<int> Connections => Choose(50, 1_000, 2_000, 5_000, 10_000);

    public IReadOnlyList<int> Sites => Choose(5, 1, 10, 100, 1_000);

    public IReadOnlyList<int> Certificates => Choose(5, 1, 10, 100, 1_000);

    public int FirstConnections => IsShort ? 10 : 50;

    /// <summary>How long after an event memory is looked at.</summary>
    public TimeSpan Settle => TimeSpan.FromSeconds(IsShort ? 1 : 10);

    /// <summary>When the whole command is given up.</summary>
    public TimeSpan Limit => TimeSpan.FromMinutes(IsShort ? 5 : 30);

    private IReadOnlyList<int> Choose(int few, params int[] usual) => Points.Count > 0 ? Points : IsShort ? [few] : usual;
}
