namespace MatrixEdge.Tests.Doctor;

/// <summary>How other servers find a healthy homeserver.</summary>
internal enum Shape
{
    /// <summary>By a document, at port 443 of another host.</summary>
    Document443,

    /// <summary>By a document, at port 8448 of another host.</summary>
    Document8448,

    /// <summary>By an SRV record, without a document.</summary>
    Service,

    /// <summary>At port 8448 of the server name, without anything else.</summary>
    Bare,

    /// <summary>The server name has a port.</summary>
    Port,

    /// <summary>The server name is an address.</summary>
    Address,
}
