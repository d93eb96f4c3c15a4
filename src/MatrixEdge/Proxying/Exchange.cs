using MatrixEdge.Listening;
using MatrixEdge.Protocol;

namespace MatrixEdge.Proxying;

/// <summary>What is known of one request; made when it arrives, filled on its way, read by the access log at its end.</summary>
internal sealed class Exchange(ConnectionFacts connection, Operation operation)
{
    public ConnectionFacts Connection { get; } = connection;

    /// <summary>The endpoint as the specification writes it, without any id.</summary>
    public Operation Operation { get; } = operation;

    /// <summary>Who sent the request.</summary>
    public string Client { get; set; } = connection.PeerText;

    /// <summary>What the client spoke to the outermost proxy.</summary>
    public string Scheme { get; set; } = connection.Listener is ListenerKind.Https or ListenerKind.Federation ? "https" : "http";

    /// <summary>Set while the homeserver has the request.</summary>
    public Drain.Running? Running { get; set; }

    /// <summary>Why the gateway itself answered; null when it was the homeserver, or all is well.</summary>
    public string? Reason { get; set; }
}
