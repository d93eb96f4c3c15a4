namespace MatrixEdge.Doctor.Gathering;

/// <summary>What a check needs to know; each is gathered once, side by side with the others.</summary>
[Flags]
internal enum Piece
{
    /// <summary>Nothing but the name itself.</summary>
    None = 0,

    /// <summary>What name servers say of the server name.</summary>
    Names = 1,

    /// <summary>The document for servers, and where it or SRV records lead.</summary>
    Delegation = 2,

    /// <summary>The homeserver, as other servers meet it.</summary>
    Federation = 4,

    /// <summary>The certificates on 443 and 8448.</summary>
    Ports = 8,

    /// <summary>The document for clients.</summary>
    ClientDocument = 16,

    /// <summary>The homeserver, as clients meet it.</summary>
    ClientApi = 32,

    /// <summary>Support, policy server, calls, and the homeserver's own copies of the documents.</summary>
    Documents = 64,

    /// <summary>What the gateway saw of requests that it sent to itself by the public way.</summary>
    Echo = 128,
}
