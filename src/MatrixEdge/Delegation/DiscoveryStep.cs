namespace MatrixEdge.Delegation;

/// <summary>By which step of the specification another server finds this one (Matrix server-server §Resolving server names).</summary>
internal enum DiscoveryStep
{
    /// <summary>1: the server name is an address.</summary>
    Address,

    /// <summary>2: the server name has a port.</summary>
    Port,

    /// <summary>3.1: the document names an address.</summary>
    DelegatedAddress,

    /// <summary>3.2: the document names a port.</summary>
    DelegatedPort,

    /// <summary>3.3: <c>_matrix-fed._tcp</c> of the host in the document.</summary>
    DelegatedService,

    /// <summary>3.4: <c>_matrix._tcp</c> of the host in the document; deprecated.</summary>
    DelegatedDeprecatedService,

    /// <summary>3.5: the host in the document, port 8448.</summary>
    DelegatedDefault,

    /// <summary>4: <c>_matrix-fed._tcp</c> of the server name.</summary>
    Service,

    /// <summary>5: <c>_matrix._tcp</c> of the server name; deprecated.</summary>
    DeprecatedService,

    /// <summary>6: the server name, port 8448.</summary>
    Default,
}
