namespace MatrixEdge.Tests.Doctor;

/// <summary>What comes of asking for a connection.</summary>
internal enum Reach
{
    /// <summary>A server answers.</summary>
    Open,

    /// <summary>Nobody listens, and the host says so.</summary>
    Closed,

    /// <summary>Nothing comes back: a firewall drops it, or the address leads nowhere.</summary>
    Silent,

    /// <summary>A router on the way says that there is no such host.</summary>
    Nowhere,
}
