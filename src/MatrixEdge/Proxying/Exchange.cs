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

    /// <summary>The server name of the site whose it is; null when it is no site's, or that was not asked.</summary>
    public string? Site { get; set; }

    /// <summary>Set while the homeserver has the request.</summary>
    public Drain.Running? Running { get; set; }

    /// <summary>How many bytes of an answer's body were passed on.</summary>
    public long Sent { get; set; }

    /// <summary>Whether an answer from behind the gateway was passed on, or its beginning.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>What the homeserver said when it refused what another server signed; null when it did not.</summary>
    public OverheardBody? Refusal { get; set; }

    /// <summary>Why the gateway itself answered; null when it was the homeserver, or all is well.</summary>
    public string? Reason { get; set; }
}
