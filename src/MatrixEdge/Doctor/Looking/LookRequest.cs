using System.Collections.Immutable;

namespace MatrixEdge.Doctor.Looking;

/// <summary>What is asked.</summary>
/// <param name="Host">The <c>Host</c> header.</param>
/// <param name="TlsName">For whom the certificate must be: sent as SNI unless it is an address; null for no TLS.</param>
/// <param name="Target">The path and query, sent as they are.</param>
internal sealed record LookRequest(string Host, string? TlsName, string Target)
{
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The length of a body that is announced and not sent: whether it would be taken is all that is asked. Null for no body.</summary>
    public long? AnnouncedLength { get; init; }

    /// <summary>How long the answer may take, from the handshake on; null for twice <see cref="Looker.Patience"/>.</summary>
    public TimeSpan? Patience { get; init; }

    /// <summary>As people write it.</summary>
    public string Address => $"{(TlsName is null ? "http" : "https")}://{Host}{Target}";
}
