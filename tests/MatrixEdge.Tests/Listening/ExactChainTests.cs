using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

/// <summary>
/// Authorities sign a young root by an older one, for clients that know only that. On a host that trusts the young one already, the
/// framework would leave the older one's signature out of what it sends. The trust store belongs to a process, hence one of its own.
/// </summary>
public sealed class ExactChainTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Scenario_10_the_whole_chain_is_sent_although_the_host_trusts_a_root_within_it()
    {
        using var oldKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var youngKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var intermediateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var oldRoot = Authority("CN=Old Root", oldKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-9), DateTimeOffset.UtcNow.AddDays(9));
        using var youngRoot = Authority("CN=Young Root", youngKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-8), DateTimeOffset.UtcNow.AddDays(8));
        using var crossSigned = Sign(Authority("CN=Young Root", youngKey), oldRoot, oldKey);
        using var intermediate = Sign(Authority("CN=Intermediate", intermediateKey), youngRoot, youngKey);
        using var leaf = Sign(Server("example.com", leafKey), intermediate, intermediateKey);
        X509Certificate2[] chain = [leaf, intermediate, crossSigned];
        await File.WriteAllTextAsync(folder.File("trusted.pem"), youngRoot.ExportCertificatePem());
        await File.WriteAllTextAsync(folder.File("fullchain.pem"), string.Join('\n', chain.Select(certificate => certificate.ExportCertificatePem())));
        await File.WriteAllTextAsync(folder.File("privkey.pem"), leafKey.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(folder.File("appsettings.json"), """
            { "MatrixEdge": {
              "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "127.0.0.1:0", "Admin": "" },
              "Certificate": { "Source": "Files", "CertificatePath": "fullchain.pem", "PrivateKeyPath": "privkey.pem" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:1" } }] } }
            """);

        using var process = Start();
        try
        {
            var ports = await PortsAsync(process);

            Assert.Equal(["federation", "https"], ports.Keys.Order());
            foreach (var port in ports.Values)
                Assert.Equal(chain.Select(certificate => certificate.RawData), await SentAsync(port));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private Process Start()
    {
        var command = GatewayCommand.With("serve");
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            Environment = { ["SSL_CERT_FILE"] = folder.File("trusted.pem"), ["SSL_CERT_DIR"] = folder.Path },
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MATRIXEDGE", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        return Process.Start(start)!;
    }

    private static async Task<Dictionary<string, int>> PortsAsync(Process process)
    {
        var ports = new Dictionary<string, int>();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (ports.Count < 2 && await process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (Regex.Match(line, @"""listening: (\w+) on 127\.0\.0\.1:(\d+)""") is { Success: true } match)
                ports[match.Groups[1].Value] = int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture);
        }

        return ports;
    }

    private static async Task<List<byte[]>> SentAsync(int port)
    {
        List<byte[]> sent = [];
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "example.com",
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
            RemoteCertificateValidationCallback = (_, _, built, _) =>
            {
                sent = [.. built!.ChainPolicy.ExtraStore.Select(certificate => certificate.RawData)];
                return true;
            },
        });
        return sent;
    }

    private static CertificateRequest Authority(string subject, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static CertificateRequest Server(string name, ECDsa key)
    {
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256);
        var subject = new SubjectAlternativeNameBuilder();
        subject.AddDnsName(name);
        request.CertificateExtensions.Add(subject.Build(critical: true));
        return request;
    }

    private static X509Certificate2 Sign(CertificateRequest request, X509Certificate2 issuer, ECDsa issuerKey)
    {
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, true, false));
        return request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), DateTimeOffset.UtcNow.AddDays(-7), DateTimeOffset.UtcNow.AddDays(7), RandomNumberGenerator.GetBytes(12));
    }
}
