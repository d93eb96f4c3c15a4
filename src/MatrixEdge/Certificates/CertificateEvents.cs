using System.Collections.Immutable;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>Tells whoever listens (metrics, the operator's hook) what happens to certificates. Listeners must not wait.</summary>
internal sealed class CertificateEvents
{
    public event Action<CertificateEvent>? Raised;

    /// <param name="took">From the beginning of the attempt.</param>
    public void Obtained(string site, CertificateBundle bundle, string authority, TimeSpan? took = null) =>
        Raised?.Invoke(new CertificateEvent(CertificateEventKind.Obtained, site, [.. bundle.Names], bundle.Leaf.SerialNumber, bundle.NotAfter, authority, null, null, took));

    public void Failed(string site, CertificateBundle? served, string authority, string reason, DateTimeOffset nextAttempt, TimeSpan? took = null) =>
        Raised?.Invoke(new CertificateEvent(CertificateEventKind.Failed, site, [.. served?.Names ?? []], served?.Leaf.SerialNumber, served?.NotAfter, authority, reason, nextAttempt, took));

    public void Expiring(string site, CertificateBundle served, string reason) =>
        Raised?.Invoke(new CertificateEvent(CertificateEventKind.Expiring, site, [.. served.Names], served.Leaf.SerialNumber, served.NotAfter, null, reason, null, null));
}

internal enum CertificateEventKind
{
    /// <summary>A new certificate is in hand.</summary>
    Obtained,

    /// <summary>An attempt to get one failed.</summary>
    Failed,

    /// <summary>The one that is served comes near its end, or is over it.</summary>
    Expiring,
}

/// <param name="Site">Whose certificate; empty for one that serves all sites.</param>
/// <param name="Names">Of the certificate that is served, or that was obtained.</param>
/// <param name="Serial">Hexadecimal; null when there is none.</param>
/// <param name="Authority">Who was asked; null for <see cref="CertificateEventKind.Expiring"/>.</param>
/// <param name="Took">How long the attempt took; null when that is not known.</param>
internal sealed record CertificateEvent(
    CertificateEventKind Kind, string Site, ImmutableArray<string> Names, string? Serial, DateTimeOffset? NotAfter, string? Authority, string? Reason, DateTimeOffset? NextAttempt,
    TimeSpan? Took);
