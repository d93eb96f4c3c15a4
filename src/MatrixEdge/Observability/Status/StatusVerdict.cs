namespace MatrixEdge.Observability.Status;

/// <summary>How well it is with a site, or with all of them, from good to bad.</summary>
internal enum StatusVerdict
{
    /// <summary>Clients and other servers reach it.</summary>
    Ok,

    /// <summary>Nothing is amiss inside, and nobody has looked from outside.</summary>
    Unknown,

    /// <summary>Works, but not for everybody or not for long.</summary>
    Warn,

    /// <summary>Some clients or servers are shut out now.</summary>
    Fail,
}
