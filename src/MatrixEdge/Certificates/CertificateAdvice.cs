using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>What is wrong with a certificate that can be served all the same; each a sentence for the operator.</summary>
internal static class CertificateAdvice
{
    /// <param name="names">What the sites need.</param>
    public static IEnumerable<string> For(CertificateBundle bundle, IReadOnlyCollection<string> names)
    {
        var missing = bundle.Missing(names).ToList();
        if (missing.Count > 0)
        {
            yield return $"The certificate is for {string.Join(", ", bundle.Names)} and not for {string.Join(", ", missing)}: "
                + "clients and servers that come by those names will refuse it. Get one that names them all";
        }

        if (bundle.Chain.Count == 0 && !bundle.Leaf.IssuerName.RawData.AsSpan().SequenceEqual(bundle.Leaf.SubjectName.RawData))
        {
            yield return $"The certificate comes without its chain, the certificate of \"{bundle.Leaf.Issuer}\": browsers may find that by themselves, "
                + "other servers and phones do not. Give the full chain (certbot: fullchain.pem, not cert.pem)";
        }
    }
}
