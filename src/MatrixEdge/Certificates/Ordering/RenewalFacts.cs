using System.Collections.Immutable;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>All that a decision about a certificate depends on.</summary>
/// <param name="Life">Of the certificate that is served; null when there is none.</param>
/// <param name="Certificate">Its identifier (RFC 9773 §4.1); null when it has none.</param>
/// <param name="Wanted">The names that the site needs.</param>
/// <param name="Missing">Those of them that the certificate is not for.</param>
/// <param name="HasSurplus">Whether it is for names that nobody needs any more.</param>
/// <param name="SettingsDiffer">Whether the configuration asks for another kind of certificate or another authority by now.</param>
internal sealed record RenewalFacts(
    DateTimeOffset Now,
    CertificateLife? Life,
    string? Certificate,
    ImmutableArray<string> Wanted,
    ImmutableArray<string> Missing,
    bool HasSurplus,
    bool SettingsDiffer,
    RenewalState State)
{
    /// <summary>The authority that would be asked now; null counts what all issued.</summary>
    public string? Issuer { get; init; }
}
