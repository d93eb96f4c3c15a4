namespace MatrixEdge.Observability;

/// <summary>How well it is with one thing that was looked at, from good to bad.</summary>
internal enum FindingOutcome
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>Could not be looked at, or does not apply here; the summary says why.</summary>
    Skip,

    /// <summary>Works, but not for everybody or not for long.</summary>
    Warn,

    /// <summary>Some clients or servers are shut out now.</summary>
    Fail,
}
