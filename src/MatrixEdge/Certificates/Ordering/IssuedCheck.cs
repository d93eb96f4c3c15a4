using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>Looks at what an authority gave before it is kept and served: a certificate that clients would refuse is not taken.</summary>
internal static class IssuedCheck
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>What is allowed for between the authority's clock and ours.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>Puts certificate and key together if clients would accept them.</summary>
    /// <param name="now">By the authority's clock.</param>
    /// <param name="roots">Roots that the operator trusts beside the system's.</param>
    /// <exception cref="IssuanceException">They would not.</exception>
    public static CertificateBundle Join(
        AcmeCertificate certificate, AsymmetricAlgorithm key, ImmutableArray<string> names, CertificateBundle? current, DateTimeOffset now, X509Certificate2Collection roots)
    {
        CertificateBundle bundle;
        try
        {
            var leaf = key switch
            {
                ECDsa ec => certificate.Leaf.CopyWithPrivateKey(ec),
                RSA rsa => certificate.Leaf.CopyWithPrivateKey(rsa),
                _ => throw new ArgumentException("Neither ECDSA nor RSA", nameof(key)),
            };
            bundle = new CertificateBundle(leaf, WithoutRoot(certificate.Chain));
        }
        catch (Exception exception) when (exception is ArgumentException or CryptographicException or InvalidOperationException)
        {
            throw Bad("it is for another key than the one in the order");
        }

        var missing = bundle.Missing(names).ToList();
        if (missing.Count > 0)
            throw Bad($"it is not for {string.Join(", ", missing)}");
        if (bundle.NotAfter <= now)
            throw Bad($"it expired at {bundle.NotAfter:u}");
        if (bundle.NotBefore > now + Tolerance)
            throw Bad($"it is valid from {bundle.NotBefore:u} only");
        if (current is not null && bundle.NotBefore < current.NotBefore && bundle.NotAfter < current.NotAfter)
            throw Bad($"it is older than the one that is served (valid from {bundle.NotBefore:u})");
        if (bundle.Leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == ServerAuthentication))
        {
            throw Bad("it is not meant for servers (its extended key usage lacks serverAuth)");
        }

        CheckChain(bundle, now, roots);
        try
        {
            ServedCertificate.Verify(bundle);
        }
        catch (InvalidOperationException exception)
        {
            throw Bad($"its chain is broken: {exception.Message}");
        }
        catch (CryptographicException exception)
        {
            throw Bad($"it cannot be served: {exception.Message}");
        }

        return bundle;
    }

    // Each certificate must be signed by the next one; where the chain ends, only the clients' trust decides.
    private static void CheckChain(CertificateBundle bundle, DateTimeOffset now, X509Certificate2Collection roots)
    {
        var last = bundle.Leaf;
        foreach (var issuer in bundle.Chain)
        {
            if (!last.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData))
                throw Bad($"its chain is broken: behind \"{last.Subject}\", issued by \"{last.Issuer}\", stands \"{issuer.Subject}\"");
            if (issuer.NotAfter.ToUniversalTime() <= now.UtcDateTime)
                throw Bad($"\"{issuer.Subject}\" in its chain has expired");
            last = issuer;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime < bundle.Leaf.NotBefore.ToUniversalTime() ? bundle.Leaf.NotBefore : now.LocalDateTime;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(bundle.Chain.Count > 0 ? bundle.Chain : roots);
        chain.ChainPolicy.ExtraStore.AddRange(bundle.Chain);
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.AllowUnknownCertificateAuthority | X509VerificationFlags.IgnoreEndRevocationUnknown;
        _ = chain.Build(bundle.Leaf);
        var defects = chain.ChainStatus.Where(status => status.Status is X509ChainStatusFlags.NotSignatureValid or X509ChainStatusFlags.InvalidBasicConstraints
            or X509ChainStatusFlags.InvalidNameConstraints or X509ChainStatusFlags.NotValidForUsage or X509ChainStatusFlags.Cyclic).ToList();
        if (defects.Count > 0)
            throw Bad($"its chain is broken: {string.Join("; ", defects.Select(defect => defect.StatusInformation.Trim()))}");

        // Without any issuer only those accept it who trust the issuer directly: a private authority's own root.
        if (bundle.Chain.Count == 0 && !roots.Any(root => root.SubjectName.RawData.AsSpan().SequenceEqual(bundle.Leaf.IssuerName.RawData)))
            throw Bad($"it came without its chain, the certificate of \"{bundle.Leaf.Issuer}\"");
    }

    // Nobody trusts a root for being sent.
    private static X509Certificate2Collection WithoutRoot(X509Certificate2Collection chain)
    {
        var kept = new X509Certificate2Collection(chain);
        if (kept.Count > 0 && kept[^1].SubjectName.RawData.AsSpan().SequenceEqual(kept[^1].IssuerName.RawData))
            kept.RemoveAt(kept.Count - 1);
        return kept;
    }

    private static IssuanceException Bad(string what) =>
        new(FailureKind.BadAnswer, $"The authority issued a certificate that cannot be used: {what}. It was not taken");
}
