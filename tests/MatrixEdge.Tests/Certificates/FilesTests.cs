using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Certificates;

/// <summary>A certificate from files: what is taken, what is refused with which words, and how a new one gets in.</summary>
public sealed class FilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = new(intermediateCount: 2);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_chain_on_the_wire_is_the_chain_in_the_file_on_both_ports()
    {
        var issued = authority.Issue("example.com", "matrix.example.com");
        issued.WriteTo(folder);
        await using var gateway = await StartAsync();

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            var (serials, _) = await gateway.HandshakeAsync(kind, "matrix.example.com");
            Assert.Equal([issued.Serial, .. issued.Chain.Select(certificate => certificate.SerialNumber)], serials);
        }
    }

    [Fact]
    public async Task An_RSA_key_is_served_and_one_that_is_too_short_is_refused_before_any_client_meets_it()
    {
        WriteRsa(2048);
        await using var gateway = await StartAsync();
        Assert.Equal(SslProtocols.Tls12, (await gateway.HandshakeAsync(ListenerKind.Https, "example.com", SslProtocols.Tls12)).Protocol);
        Assert.Equal(SslProtocols.Tls13, (await gateway.HandshakeAsync(ListenerKind.Federation, "example.com", SslProtocols.Tls13)).Protocol);

        WriteRsa(1024);
        var message = (await Assert.ThrowsAsync<CertificateException>(() => Source().LoadAsync(TestContext.Current.CancellationToken))).Message;
        Assert.Matches("fullchain.pem cannot be served: OpenSSL refuses the certificate: .*key too small.* 2048 bits or more, can$", message);

        void WriteRsa(int bits)
        {
            using var key = RSA.Create(bits);
            var request = new CertificateRequest("CN=example.com", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName("example.com");
            request.CertificateExtensions.Add(names.Build());
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(30));
            File.WriteAllText(folder.File("fullchain.pem"), certificate.ExportCertificatePem());
            File.WriteAllText(folder.File("privkey.pem"), key.ExportPkcs8PrivateKeyPem());
        }
    }

    [Fact]
    public async Task Order_and_company_in_the_file_do_not_matter()
    {
        var issued = authority.Issue("example.com");
        var stranger = new TestAuthority().Issue("example.org");
        issued.WriteTo(folder);
        File.WriteAllText(folder.File("fullchain.pem"), string.Join('\n',
            new[] { authority.Root, issued.Chain[1], stranger.Leaf, issued.Leaf, issued.Chain[0] }.Select(certificate => certificate.ExportCertificatePem())));

        var bundle = (await Source().LoadAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(issued.Serial, bundle.Leaf.SerialNumber);
        Assert.Equal(issued.Chain.Select(certificate => certificate.SerialNumber), bundle.Chain.Select(certificate => certificate.SerialNumber));
    }

    [Fact]
    public async Task Of_two_issuers_with_one_name_the_one_whose_key_signed_is_sent()
    {
        var issued = authority.Issue("example.com");
        var namesake = new TestAuthority(intermediateCount: 2);
        issued.WriteTo(folder);
        File.WriteAllText(folder.File("fullchain.pem"), string.Join('\n',
            new[] { issued.Leaf, namesake.Intermediates[0], issued.Chain[0], namesake.Intermediates[1], issued.Chain[1] }.Select(certificate => certificate.ExportCertificatePem())));

        Assert.Equal(issued.Chain.Select(certificate => certificate.SerialNumber), (await Source().LoadAsync(TestContext.Current.CancellationToken))!.Chain.Select(certificate => certificate.SerialNumber));
    }

    [Fact]
    public async Task A_chain_that_cannot_be_sent_is_refused_before_it_is_served()
    {
        var issued = authority.Issue("example.com");
        issued.WriteTo(folder);
        File.WriteAllText(folder.File("fullchain.pem"), issued.Leaf.ExportCertificatePem() + "\n" + new TestAuthority(2).Intermediates[0].ExportCertificatePem());

        Assert.Contains("cannot be served as it is.", (await Assert.ThrowsAsync<CertificateException>(() => Source().LoadAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_chain_is_told()
    {
        var issued = authority.Issue("example.com", "matrix.example.com");
        issued.WriteTo(folder);
        File.WriteAllText(folder.File("fullchain.pem"), issued.Leaf.ExportCertificatePem());
        await using var gateway = await StartAsync();

        await gateway.Events.WaitForAsync("The certificate comes without its chain, the certificate of \"CN=Test Intermediate 2\"");
    }

    [Fact]
    public async Task Scenario_33_A_renewed_pair_is_served_once_both_files_match_and_open_connections_go_on()
    {
        authority.Issue("example.com", "matrix.example.com").WriteTo(folder);
        await using var gateway = await StartAsync();
        await using var open = await gateway.ConnectAsync();

        var renewed = authority.Issue("example.com", "matrix.example.com");
        File.WriteAllText(folder.File("fullchain.pem"), renewed.CertificatePem);
        var refused = await gateway.Events.WaitForAsync("A new certificate was refused");
        File.WriteAllText(folder.File("privkey.pem"), renewed.KeyPem);
        await gateway.Events.WaitForAsync("Serving a new certificate for example.com, matrix.example.com on both ports");

        Assert.Contains("belongs to none of the certificates", refused, StringComparison.Ordinal);
        Assert.Equal(renewed.Serial, (await gateway.HandshakeAsync(ListenerKind.Https, "example.com")).Serials[0]);
        Assert.Equal(renewed.Serial, (await gateway.HandshakeAsync(ListenerKind.Federation, "example.com")).Serials[0]);
        Assert.Equal(200, (await RawAnswer.ExchangeAsync(open, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);
    }

    [Fact]
    public async Task A_half_written_file_keeps_the_old_certificate()
    {
        var old = authority.Issue("example.com", "matrix.example.com");
        old.WriteTo(folder);
        await using var gateway = await StartAsync();

        var renewed = authority.Issue("example.com", "matrix.example.com");
        File.WriteAllText(folder.File("fullchain.pem"), renewed.CertificatePem[..300]);
        await gateway.Events.WaitForAsync("A new certificate was refused");

        Assert.Equal(old.Serial, (await gateway.HandshakeAsync(ListenerKind.Https, "example.com")).Serials[0]);
    }

    [Fact]
    public async Task Scenario_33_A_folder_that_is_swapped_by_a_symbolic_link_is_noticed()
    {
        // As Kubernetes does: fullchain.pem -> ..data/fullchain.pem, ..data -> ..2026_11_21
        var first = authority.Issue("example.com", "matrix.example.com");
        var second = authority.Issue("example.com", "matrix.example.com");
        foreach (var (name, issued) in new[] { ("..first", first), ("..second", second) })
        {
            Directory.CreateDirectory(folder.File(name));
            File.WriteAllText(folder.File(name + "/fullchain.pem"), issued.CertificatePem);
            File.WriteAllText(folder.File(name + "/privkey.pem"), issued.KeyPem);
        }

        File.CreateSymbolicLink(folder.File("..data"), "..first");
        File.CreateSymbolicLink(folder.File("fullchain.pem"), "..data/fullchain.pem");
        File.CreateSymbolicLink(folder.File("privkey.pem"), "..data/privkey.pem");
        await using var gateway = await StartAsync();

        File.CreateSymbolicLink(folder.File("..new"), "..second");
        using (var move = System.Diagnostics.Process.Start("mv", ["-T", folder.File("..new"), folder.File("..data")]))
            await move.WaitForExitAsync();
        await gateway.Events.WaitForAsync("Serving a new certificate");

        Assert.Equal(second.Serial, (await gateway.HandshakeAsync(ListenerKind.Https, "example.com")).Serials[0]);
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains("was refused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Names_that_the_certificate_lacks_are_told()
    {
        authority.Issue("example.com").WriteTo(folder);
        await using var gateway = await StartAsync();

        await gateway.Events.WaitForAsync("The certificate is for example.com and not for matrix.example.com");
    }

    [Theory]
    [InlineData(-1, "Error The certificate of example.com, matrix.example.com expired at ")]
    [InlineData(10, "Error The certificate of example.com, matrix.example.com expires at ")]
    [InlineData(20, "Warning The certificate of example.com, matrix.example.com expires at ")]
    public async Task An_end_that_is_near_or_past_is_told(int days, string message)
    {
        authority.Issue(TimeSpan.FromDays(days), "example.com", "matrix.example.com").WriteTo(folder);
        await using var gateway = await StartAsync();

        await gateway.Events.WaitForAsync(message);
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_in_plain_words()
    {
        var issued = authority.Issue("example.com");
        var other = authority.Issue("example.com");

        Assert.Equal("CERT cannot be read: Could not find file 'CERT'.", await RefusalAsync(null, issued.KeyPem));
        Assert.Equal("CERT holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----", await RefusalAsync("", issued.KeyPem));
        Assert.Equal("CERT holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE----- (this looks like the private key: were the two paths swapped?)", await RefusalAsync(issued.KeyPem, issued.CertificatePem));
        Assert.Equal("KEY holds no private key; it must be PEM, with a line like -----BEGIN PRIVATE KEY-----", await RefusalAsync(issued.CertificatePem, "hello"));
        Assert.Equal("The private key in KEY belongs to none of the certificates in CERT; if they are being replaced, the other file will follow", await RefusalAsync(issued.CertificatePem, other.KeyPem));
        Assert.Equal("KEY is encrypted with a passphrase, which nobody could type at a restart; decrypt it: openssl pkey -in KEY -out plain.pem", await RefusalAsync(issued.CertificatePem, "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"));
    }

    private async Task<string> RefusalAsync(string? certificate, string key)
    {
        File.Delete(folder.File("fullchain.pem"));
        if (certificate is not null)
            File.WriteAllText(folder.File("fullchain.pem"), certificate);
        File.WriteAllText(folder.File("privkey.pem"), key);
        var message = (await Assert.ThrowsAsync<CertificateException>(() => Source().LoadAsync(TestContext.Current.CancellationToken))).Message;
        return message.Replace(folder.File("fullchain.pem"), "CERT", StringComparison.Ordinal).Replace(folder.File("privkey.pem"), "KEY", StringComparison.Ordinal);
    }

    private FilesSource Source() => new(folder.File("fullchain.pem"), folder.File("privkey.pem"), ["example.com"], new WatchedFiles(TimeProvider.System));

    private Task<RunningGateway> StartAsync() => RunningGateway.StartInFrontOfAsync(1, more: $$"""
        , "Certificate": { "Source": "Files", "CertificatePath": "{{folder.File("fullchain.pem")}}", "PrivateKeyPath": "{{folder.File("privkey.pem")}}" }
        """);
}
