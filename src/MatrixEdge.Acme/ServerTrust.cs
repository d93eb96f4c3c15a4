using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme;

/// <summary>
/// Whether the ACME server's own certificate is to be trusted: by the system, or by further roots. A certificate for another name
/// never is. Revocation is not looked up.
/// </summary>
internal sealed class ServerTrust(X509Certificate2Collection? roots)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <exception cref="AuthenticationException">It is not; in words for the operator, which the framework's own are not.</exception>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;

        if (certificate is null)
            throw new AuthenticationException("the server showed no certificate");

        var leaf = certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw new AuthenticationException($"the server's certificate ({Names(leaf)}) is not for {(sender as SslStream)?.TargetHostName}");

        var states = chain?.ChainStatus ?? [];
        if (roots is { Count: > 0 } && TrustsByRoots(roots, leaf, chain, out states))
            return true;

        var why = string.Join(", ", states.Select(state => state.Status).Distinct());
        throw new AuthenticationException(
            $"the server's certificate ({Names(leaf)}) is not trusted ({why}); if it comes from a private authority, its root belongs among the trusted roots");
    }

    private static bool TrustsByRoots(X509Certificate2Collection roots, X509Certificate2 leaf, X509Chain? sent, out X509ChainStatus[] states)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);
            foreach (var element in sent.ChainElements)
                chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        var trusted = chain.Build(leaf);
        states = chain.ChainStatus;
        return trusted;
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        var told = names is null ? certificate.Subject : string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
        return Words.Clean(told, Words.Excerpt);
    }
}
