namespace MatrixEdge.Sites;

/// <summary>Why a request of another server was not served, as far as it can be seen from here. The label of a metric, in small letters.</summary>
internal enum RefusalCause
{
    /// <summary>A clock is wrong: this host's, or the homeserver's.</summary>
    Clock,

    /// <summary>It was meant for another server.</summary>
    Destination,

    /// <summary>Its path was changed on the way, and the signature covers the path.</summary>
    Path,

    /// <summary>The homeserver has no key of the other server that it may use.</summary>
    Key,

    /// <summary>The signature does not fit, and nothing that can be seen from here says why.</summary>
    Signature,

    /// <summary>The homeserver is told not to speak with that server.</summary>
    Permission,

    /// <summary>It asked too often.</summary>
    Limit,

    /// <summary>The homeserver failed, or could not be reached.</summary>
    Failure,

    /// <summary>Refused for a reason that only the homeserver's own words tell.</summary>
    Other,
}
