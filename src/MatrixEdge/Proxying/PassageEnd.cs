namespace MatrixEdge.Proxying;

/// <summary>How the passage of a request to a program behind the gateway, and of the answer back, ended.</summary>
internal enum PassageEnd
{
    /// <summary>The answer was passed on to its end.</summary>
    Answered,

    /// <summary>There was no connection.</summary>
    Unreachable,

    /// <summary>Nobody said anything for as long as may be, before an answer began.</summary>
    Silence,

    /// <summary>There was a connection, and no answer on it, or none that is HTTP.</summary>
    NoAnswer,

    /// <summary>The answer had begun, and broke off.</summary>
    BrokenOff,

    /// <summary>The request cannot be passed on as it is.</summary>
    NoRequest,

    /// <summary>The client's body broke off, or was not framed as it should be.</summary>
    ClientBody,

    /// <summary>The client's body is larger than it may be.</summary>
    ClientBodyTooLarge,

    /// <summary>The client went away.</summary>
    ClientGone,

    /// <summary>The gateway is being stopped, and what can come again does not hold it up.</summary>
    Stopped,
}
