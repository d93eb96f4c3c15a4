using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Proxying;

/// <summary>
/// Whether the certificate of a program behind the gateway is to be trusted: by the system, or by further roots. One for another
/// name never is. Revocation is not looked up.
/// </summary>
/// <param name="roots">None: the system's alone.</param>
internal sealed class BackendTrust(X509Certificate2Collection roots)
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const int LongestNames = 200;

    /// <exception cref="AuthenticationException">It is not; in words for the operator, since they end in the log.</exception>
    public bool Accepts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;

        if (certificate is null)
            throw new AuthenticationException("it showed no certificate");

        var leaf = certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw new AuthenticationException($"its certificate is for {Names(leaf)} and not for {(sender as SslStream)?.TargetHostName}");

        var status = chain?.ChainStatus ?? [];
        if (roots.Count > 0 && IsTrusted(leaf, chain, out status))
            return true;

        throw new AuthenticationException(
            $"its certificate for {Names(leaf)} is not trusted ({string.Join(", ", status.Select(state => state.Status).Distinct())})");
    }

    private bool IsTrusted(X509Certificate2 leaf, X509Chain? sent, out X509ChainStatus[] status)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        if (sent is not null)
            chain.ChainPolicy.ExtraStore.AddRange(sent.ChainPolicy.ExtraStore);

        var trusted = chain.Build(leaf);
        status = chain.ChainStatus;
        return trusted;
    }

    // What a certificate says is the other side's text: no line of the log may begin within it.
    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault();
        var told = names is null ? certificate.Subject : string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(address => address.ToString())));
        return string.Concat(told.Where(letter => !char.IsControl(letter)).Take(LongestNames));
    }
}
