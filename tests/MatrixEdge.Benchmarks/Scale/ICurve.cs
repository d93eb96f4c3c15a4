namespace MatrixEdge.Benchmarks.Scale;

/// <summary>How the gateway's cost grows with something.</summary>
internal interface ICurve
{
    /// <summary>What is measured, for those who read the table.</summary>
    string About { get; }

    /// <summary>The first column of the table; what there are many of stands first.</summary>
    string[] Figures { get; }

    /// <summary>How many of it, in the order of the columns.</summary>
    IReadOnlyList<int> Points { get; }

    /// <summary>A column of the table, from a gateway that is started for it.</summary>
    Task<string[]> MeasureAsync(int point, CancellationToken stop);
}
