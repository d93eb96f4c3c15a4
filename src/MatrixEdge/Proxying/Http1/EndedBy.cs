namespace MatrixEdge.Proxying.Http1;

/// <summary>Why a connection was ended.</summary>
internal enum EndedBy
{
    Nobody,

    /// <summary>It was no longer needed, or not fit to be used again.</summary>
    Us,

    /// <summary>Nobody said anything for too long.</summary>
    Silence,

    /// <summary>The client went away.</summary>
    Client,

    /// <summary>The gateway is being stopped.</summary>
    Stop,
}
