namespace MatrixEdge.Acme;

/// <summary>How a call failed.</summary>
public enum AcmeFailure
{
    /// <summary>No answer: name resolution, network, TLS, or too slow. Whether the server has acted on the request is not known.</summary>
    Unreachable,

    /// <summary>The server is in trouble (5xx).</summary>
    ServerError,

    /// <summary>The server said no (4xx), usually with a <see cref="AcmeException.Problem"/>.</summary>
    Refused,

    /// <summary>An answer that no ACME server should give: not JSON, too large, a redirect, something missing or of the wrong type.</summary>
    NotUnderstood,

    /// <summary>A wait was over before the order or authorization was.</summary>
    TimedOut,
}
