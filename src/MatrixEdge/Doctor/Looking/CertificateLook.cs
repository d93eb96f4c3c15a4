using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Doctor.Looking;

/// <summary>A certificate as a server showed it.</summary>
/// <param name="Sent">What was sent beside it.</param>
/// <param name="Words">The fault in words, without a final dot; null without one.</param>
internal sealed record CertificateLook(X509Certificate2 Leaf, ImmutableArray<X509Certificate2> Sent, ChainFault Fault, string? Words)
{
    private const int MostNames = 20;

    public DateTimeOffset NotBefore => new(Leaf.NotBefore.ToUniversalTime(), TimeSpan.Zero);

    public DateTimeOffset NotAfter => new(Leaf.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>The names that it is for, as it says; at most twenty.</summary>
    public ImmutableArray<string> Names { get; } =
        [.. Leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(Alternatives).Take(MostNames).Select(Delegation.JsonAnswer.Shorten)];

    public string NamesInWords => Names.IsEmpty ? "no name at all" : string.Join(", ", Names);

    public string Issuer => Delegation.JsonAnswer.Shorten(Leaf.GetNameInfo(X509NameType.SimpleName, forIssuer: true) is { Length: > 0 } name ? name : Leaf.Issuer);

    /// <summary>The same certificate has the same.</summary>
    public string Thumbprint => Leaf.Thumbprint;

    /// <summary>Whether it is for this host name or address (RFC 6125).</summary>
    public bool Covers(string name)
    {
        try
        {
            return Leaf.MatchesHostname(name.TrimEnd('.'), allowWildcards: true, allowCommonName: false);
        }
        catch (Exception exception) when (exception is ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Alternatives(X509SubjectAlternativeNameExtension names) =>
        names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString()));
}
