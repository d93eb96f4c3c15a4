using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Doctor.Looking;

/// <summary>
/// Judges a certificate as other servers do: by the certificates that were sent with it, without fetching what is missing, and
/// by the system's roots or further ones. Revocation is not looked up.
/// </summary>
/// <param name="roots">Trusted beside the system's.</param>
internal sealed class CertificateTrust(X509Certificate2Collection roots, TimeProvider time)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    public CertificateLook Judge(X509Certificate2 leaf, ImmutableArray<X509Certificate2> sent)
    {
        var now = time.GetUtcNow().UtcDateTime;
        if (leaf.NotAfter.ToUniversalTime() < now)
            return new CertificateLook(leaf, sent, ChainFault.Expired, $"it expired on {leaf.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC");
        if (leaf.NotBefore.ToUniversalTime() > now)
            return new CertificateLook(leaf, sent, ChainFault.NotYetValid, $"it is valid from {leaf.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC only");

        var (trusted, status, reached) = Build(leaf, sent, X509ChainTrustMode.System, now);
        if (!trusted && roots.Count > 0)
            (trusted, status, reached) = Build(leaf, sent, X509ChainTrustMode.CustomRootTrust, now);
        return trusted ? new CertificateLook(leaf, sent, ChainFault.None, null) : Explain(leaf, sent, status, reached);
    }

    private (bool Trusted, X509ChainStatusFlags Status, X509Certificate2 Reached) Build(X509Certificate2 leaf, ImmutableArray<X509Certificate2> sent, X509ChainTrustMode mode, DateTime now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = mode;
        if (mode == X509ChainTrustMode.CustomRootTrust)
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true; // other servers do not fetch what is missing
        chain.ChainPolicy.VerificationTime = now;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (var certificate in sent)
            chain.ChainPolicy.ExtraStore.Add(certificate);

        var trusted = chain.Build(leaf);
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
        var last = chain.ChainElements.Count == 0 ? leaf : chain.ChainElements[^1].Certificate;
        return (trusted, status, last);
    }

    private static CertificateLook Explain(X509Certificate2 leaf, ImmutableArray<X509Certificate2> sent, X509ChainStatusFlags status, X509Certificate2 reached)
    {
        var issuer = Delegation.JsonAnswer.Shorten(reached.GetNameInfo(X509NameType.SimpleName, forIssuer: true));
        if (IsSelfSigned(leaf))
            return new CertificateLook(leaf, sent, ChainFault.SelfSigned, "it signed itself: no authority stands behind it");
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return new CertificateLook(leaf, sent, ChainFault.Expired, $"a certificate of its chain, that of \"{issuer}\", has expired");
        if (status.HasFlag(X509ChainStatusFlags.PartialChain))
        {
            return sent.IsEmpty || !sent.Any(certificate => certificate.SubjectName.RawData.AsSpan().SequenceEqual(leaf.IssuerName.RawData))
                ? new CertificateLook(leaf, sent, ChainFault.Incomplete, $"the certificate of its issuer, \"{issuer}\", is not sent with it")
                : new CertificateLook(leaf, sent, ChainFault.UnknownAuthority, $"its chain ends at \"{issuer}\", which is not trusted");
        }

        return status.HasFlag(X509ChainStatusFlags.UntrustedRoot)
            ? new CertificateLook(leaf, sent, ChainFault.UnknownAuthority, $"its authority, \"{issuer}\", is not trusted")
            : new CertificateLook(leaf, sent, ChainFault.Unusable, $"it cannot be used for a server: {status}");
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) => certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
