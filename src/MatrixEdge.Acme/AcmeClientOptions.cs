using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme;

/// <summary>Which ACME server to talk to, and how.</summary>
public sealed record AcmeClientOptions
{
    /// <summary>The server's directory (RFC 8555 §7.1.1). HTTPS; plain HTTP only on this machine's loopback addresses.</summary>
    public required Uri DirectoryUri { get; init; }

    /// <summary>Who asks, e.g. <c>MyProgram/1.0 (+https://example.org)</c>; servers demand it (RFC 8555 §6.1).</summary>
    public required string UserAgent { get; init; }

    /// <summary>Roots to trust beside the system's when talking to the server; null for none.</summary>
    public X509Certificate2Collection? TrustedRoots { get; init; }

    /// <summary>The clock, for ages, pauses and waits. The <see cref="RequestTimeout"/> goes by the machine's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a single request may take, to the last byte of its answer.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Sends the requests in place of the network, in tests; not disposed here. <see cref="TrustedRoots"/> are then its business.</summary>
    public HttpMessageHandler? Handler { get; init; }
}
