using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

public sealed class AcmeSettingsTests : IDisposable
{
    private const string Site = """{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }""";

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string, string> Mistakes => new()
    {
        { "", "MatrixEdge:Certificate:AcceptTermsOfService: an authority issues certificates only to those who accept its terms of service (Let's Encrypt: https://letsencrypt.org/repository/); write true, or use Source \"Files\" or \"Local\"" },
        { "\"AcceptTermsOfService\": false", "MatrixEdge:Certificate:AcceptTermsOfService is false: an authority issues certificates only to those who accept its terms of service (Let's Encrypt: https://letsencrypt.org/repository/); write true, or use Source \"Files\" or \"Local\"" },
        { "T, \"EmailAddress\": \"example.com\"", "MatrixEdge:Certificate:EmailAddress is \"example.com\": give one address, for example \"admin@example.com\"" },
        { "T, \"EmailAddress\": \"mailto:a@example.com\"", "MatrixEdge:Certificate:EmailAddress is \"mailto:a@example.com\": give one address, for example \"admin@example.com\"" },
        { "T, \"DirectoryUri\": \"http://ca.example.com/dir\"", "MatrixEdge:Certificate:DirectoryUri is \"http://ca.example.com/dir\": an ACME server is spoken to by HTTPS only; write https://" },
        { "T, \"DirectoryUri\": \"acme.example.com\"", "MatrixEdge:Certificate:DirectoryUri is \"acme.example.com\": give the complete address, for example \"https://acme.example.com\"" },
        { "T, \"DirectoryUri\": \"https://ca.example.com/dir\", \"UseStagingServer\": true", "MatrixEdge:Certificate:DirectoryUri is \"https://ca.example.com/dir\": UseStagingServer means Let's Encrypt's staging server; write one of the two" },
        { "T, \"ChallengeTypes\": [\"Http1\"]", "MatrixEdge:Certificate:ChallengeTypes:0 is \"Http1\": it must be one of Http01, TlsAlpn01, Dns01" },
        { "T, \"ChallengeTypes\": []", "MatrixEdge:Certificate:ChallengeTypes is []: name at least one of Http01, TlsAlpn01, Dns01" },
        { "T, \"ChallengeTypes\": \"Http01\"", "MatrixEdge:Certificate:ChallengeTypes is \"Http01\": must be a list, [ … ]" },
        { "T, \"ChallengeTypes\": [\"Dns01\"]", "MatrixEdge:Certificate:ChallengeTypes:0 is \"Dns01\": Dns01 needs to know how to publish records: write MatrixEdge:Certificate:Dns01" },
        { "T, \"KeyAlgorithm\": \"ES512\"", "MatrixEdge:Certificate:KeyAlgorithm is \"ES512\": It must be one of ES256, ES384, RS256" },
        { "T, \"TrustedRoots\": \"missing.pem\"", "MatrixEdge:Certificate:TrustedRoots is \"missing.pem\": there is no file FOLDER/missing.pem; give a PEM file with the authority's root" },
        { "T, \"TrustedRoots\": \"appsettings.json\"", "MatrixEdge:Certificate:TrustedRoots is \"appsettings.json\": the file holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----" },
        { "T, \"ExternalAccountBinding\": { \"KeyId\": \"kid\" }", "MatrixEdge:Certificate:ExternalAccountBinding:Key: give the HMAC key that the authority shows, or a file with it as KeyFile" },
        { "T, \"ExternalAccountBinding\": { \"Key\": \"c2VjcmV0c2VjcmV0\" }", "MatrixEdge:Certificate:ExternalAccountBinding:KeyId: give the key identifier that the authority shows beside its key" },
        { "T, \"ExternalAccountBinding\": { \"KeyId\": \"kid\", \"Key\": \"§§§\" }", "MatrixEdge:Certificate:ExternalAccountBinding:Key: the key is not base64url text; copy it whole, as the authority shows it" },
        { "T, \"ExternalAccountBinding\": { \"KeyId\": \"kid\", \"Key\": \"a\", \"KeyFile\": \"k\" }", "MatrixEdge:Certificate:ExternalAccountBinding:Key: KeyFile is given, too; write one of the two" },
        { "T, \"AccountKeyPath\": \"missing.pem\"", "MatrixEdge:Certificate:AccountKeyPath is \"missing.pem\": there is no file FOLDER/missing.pem; give a file with the account's private key" },
        { "T, \"FallbackIssuers\": [{}]", "MatrixEdge:Certificate:FallbackIssuers:0:DirectoryUri: give the address of the authority's ACME directory, for example \"https://acme.zerossl.com/v2/DV90\"" },
        { "T, \"FallbackIssuers\": [{ \"DirectoryUri\": \"https://acme-v02.api.letsencrypt.org/directory\" }]", "MatrixEdge:Certificate:FallbackIssuers:0:DirectoryUri is \"https://acme-v02.api.letsencrypt.org/directory\": this authority is listed already" },
        { "T, \"FallbackIssuers\": [{ \"DirectoryUri\": \"https://acme.zerossl.com/v2/DV90\", \"Profil\": \"x\" }]", "MatrixEdge:Certificate:FallbackIssuers:0:Profil is \"x\": this key is not known; did you mean \"Profile\"?" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_key_value_and_remedy(string certificate, string expected)
    {
        var (_, problems) = Parse($$"""{ "Certificate": { {{certificate.Replace("T,", "\"AcceptTermsOfService\": true,", StringComparison.Ordinal)}} }, "Sites": [{{Site}}] }""");

        Assert.Equal(expected, string.Join('\n', problems.Found).Replace(folder.Path, "FOLDER", StringComparison.Ordinal));
    }

    [Fact]
    public void The_smallest_configuration_orders_from_Lets_Encrypt_and_rehearses_with_its_staging_server()
    {
        var (settings, problems) = Parse($$"""{ "Certificate": { "EmailAddress": "admin@example.com", "AcceptTermsOfService": true }, "Sites": [{{Site}}] }""");

        Assert.Empty(problems.Found);
        Assert.Empty(problems.Notes);
        var acme = settings!.Certificate.Acme!;
        var issuer = Assert.Single(acme.Issuers);
        Assert.Equal("https://acme-v02.api.letsencrypt.org/directory", issuer.Directory.AbsoluteUri);
        Assert.Equal("https://acme-staging-v02.api.letsencrypt.org/directory", issuer.Rehearsal!.AbsoluteUri);
        Assert.Equal([ChallengeType.TlsAlpn01, ChallengeType.Http01], acme.ChallengeTypes);
        Assert.Equal(CertificateKeyAlgorithm.ES256, acme.KeyAlgorithm);
    }

    [Fact]
    public void With_port_80_closed_only_the_handshake_is_left()
    {
        var (settings, _) = Parse($$"""{ "Listen": { "Http": "" }, "Certificate": { "AcceptTermsOfService": true }, "Sites": [{{Site}}] }""");

        Assert.Equal([ChallengeType.TlsAlpn01], settings!.Certificate.Acme!.ChallengeTypes);
    }

    [Fact]
    public void What_was_chosen_and_cannot_work_is_told()
    {
        var (_, problems) = Parse($$"""{ "Listen": { "Http": "" }, "Certificate": { "AcceptTermsOfService": true, "ChallengeTypes": ["Http01"] }, "Sites": [{{Site}}] }""");

        Assert.Equal("MatrixEdge:Certificate:ChallengeTypes:0 is \"Http01\": Http01 is asked for on port 80, and MatrixEdge:Listen:Http is closed", string.Join('\n', problems.Found));
    }

    [Theory]
    [InlineData("*.example.com", "MatrixEdge:Sites:0:AdditionalNames is \"*.example.com\": only Dns01 proves a wildcard; add it to MatrixEdge:Certificate:ChallengeTypes")]
    [InlineData("www.example.com:443", "MatrixEdge:Sites:0:AdditionalNames:0 is \"www.example.com:443\": leave out the port: certificates have none")]
    public void Names_that_cannot_be_had_are_told(string name, string expected)
    {
        var (_, problems) = Parse($$"""{ "Certificate": { "AcceptTermsOfService": true }, "Sites": [{{Site.Replace("{ \"Server", $"{{ \"AdditionalNames\": [\"{name}\"], \"Server", StringComparison.Ordinal)}}] }""");

        Assert.Equal(expected, string.Join('\n', problems.Found));
    }

    [Fact]
    public void Names_that_no_public_authority_vouches_for_are_noted()
    {
        var (settings, problems) = Parse("""{ "Certificate": { "AcceptTermsOfService": true }, "Sites": [{ "ServerName": "matrix.lan", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] }""");

        Assert.NotNull(settings);
        Assert.Equal("matrix.lan is no public name: Let's Encrypt will refuse it. Use your own domain, or Source \"Local\" to try out", Assert.Single(problems.Notes));
    }

    private (EdgeSettings? Settings, Problems Problems) Parse(string matrixEdge)
    {
        File.WriteAllText(folder.File("appsettings.json"), $$"""{ "MatrixEdge": {{matrixEdge}} }""");
        var problems = new Problems();
        var source = ConfigurationSource.Open("appsettings.json", new ConfigurationEnvironment(new Dictionary<string, string>(), folder.Path, []), problems);
        return (EdgeSettings.Parse(source!.Document, problems), problems);
    }
}
