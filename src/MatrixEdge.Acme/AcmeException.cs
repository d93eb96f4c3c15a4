using System.Net;

namespace MatrixEdge.Acme;

/// <summary>
/// Any failure of a call to an ACME server, except cancellation and wrong use. The message is for operators: what failed, where,
/// in the server's own words. It holds no key, token or signature.
/// </summary>
public sealed class AcmeException : Exception
{
    /// <summary>Tells of a failure.</summary>
    public AcmeException(AcmeFailure kind, Uri url, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        ArgumentNullException.ThrowIfNull(url);
        Kind = kind;
        Url = url;
    }

    /// <summary>How the call failed; what to do next depends on it, and on <see cref="Problem"/>.</summary>
    public AcmeFailure Kind { get; }

    /// <summary>What was asked.</summary>
    public Uri Url { get; }

    /// <summary>The server's own account of it (RFC 8555 §6.7); null when it gave none.</summary>
    public AcmeProblem? Problem { get; init; }

    /// <summary>The status of the answer; null when there was none.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>
    /// How long the server asks to wait, counted from the answer, between zero and a year (RFC 9110 §10.2.3; a date is measured by
    /// the server's own clock); null when it did not say.
    /// </summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The terms of service to accept first (<c>Link: rel="terms-of-service"</c>, RFC 8555 §7.3.3); null when none were named.</summary>
    public Uri? TermsOfService { get; init; }
}
