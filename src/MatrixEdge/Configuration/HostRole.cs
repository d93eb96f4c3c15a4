namespace MatrixEdge.Configuration;

/// <summary>What a host name of a site is for.</summary>
internal enum HostRole
{
    /// <summary>The homeserver, and all else that shares its names.</summary>
    Homeserver,

    /// <summary>The authentication service, whole.</summary>
    AuthenticationService,

    /// <summary>The two back ends of calls.</summary>
    Calls,

    /// <summary>A web client.</summary>
    WebClient,
}
