using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Listening;

/// <summary>A certificate ready to be served.</summary>
/// <param name="Leaf">The server's own certificate, with its private key. Never disposed while it may be in use.</param>
/// <param name="Chain">What follows the leaf on the wire, in this order.</param>
internal sealed record CertificateBundle(X509Certificate2 Leaf, X509Certificate2Collection Chain)
{
    public DateTimeOffset NotBefore => new(Leaf.NotBefore.ToUniversalTime());

    public DateTimeOffset NotAfter => new(Leaf.NotAfter.ToUniversalTime());

    /// <summary>The DNS names and addresses that the certificate is for.</summary>
    public IReadOnlyList<string> Names { get; } = ReadNames(Leaf);

    /// <summary>Whether two bundles would look the same to a client.</summary>
    public bool SameAs(CertificateBundle other) =>
        Leaf.RawDataMemory.Span.SequenceEqual(other.Leaf.RawDataMemory.Span)
        && Chain.Count == other.Chain.Count
        && Chain.Zip(other.Chain).All(pair => pair.First.RawDataMemory.Span.SequenceEqual(pair.Second.RawDataMemory.Span));

    /// <summary>The names of <paramref name="wanted"/> that the certificate is not for (RFC 9525 §6.3: one label for a wildcard).</summary>
    public IEnumerable<string> Missing(IEnumerable<string> wanted) =>
        wanted.Where(name => name.StartsWith("*.", StringComparison.Ordinal)
            ? !Names.Contains(name, StringComparer.OrdinalIgnoreCase) // no host's name: only the same wildcard covers it
            : !Leaf.MatchesHostname(name, allowWildcards: true, allowCommonName: false));

    private static string[] ReadNames(X509Certificate2 leaf) =>
        leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(names => names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToArray();
}
