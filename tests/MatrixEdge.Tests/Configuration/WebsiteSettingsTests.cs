using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

/// <summary>What may stand in <c>Website</c>, <c>WebClient</c> and <c>StrictTransportSecurity</c>, and what an operator reads otherwise.</summary>
public sealed class WebsiteSettingsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public WebsiteSettingsTests()
    {
        Directory.CreateDirectory(folder.File("site"));
        Directory.CreateDirectory(folder.File("store/site"));
        File.WriteAllText(folder.File("site/index.html"), "");
        File.WriteAllText(folder.File("ca.pem"), new TestAuthority().Root.ExportCertificatePem());
        File.WriteAllText(folder.File("key.pem"), "a key, say");
        File.CreateSymbolicLink(folder.File("link"), ".");
    }

    public static TheoryData<string, string> Websites => new()
    {
        { """{ "Directory": "site" }""", "the files in FOLDER/site" },
        { """{ "Proxy": "https://www.example.net" }""", "https://www.example.net, asked with its own host" },
        { """{ "Proxy": "http://10.0.0.7:8080/", "KeepHost": true }""", "http://10.0.0.7:8080, asked with the client's host" },
        { """{ "Proxy": "https://10.0.0.7", "TrustedRoots": "ca.pem" }""", "https://10.0.0.7, asked with its own host; certificates from FOLDER/ca.pem are trusted, too" },
        { """{ "Redirect": "https://www.example.com" }""", "redirect to https://www.example.com with path and query" },
        { """{ "Redirect": "https://example.net/x?y#z", "KeepPath": false, "Permanent": true }""", "redirect to https://example.net/x?y#z, for good" },
    };

    [Theory]
    [MemberData(nameof(Websites))]
    public void A_website_is_one_of_three(string website, string expected)
    {
        var (settings, problems) = Parse($"\"Website\": {website}");

        Assert.Empty(problems.Found);
        Assert.Equal(expected.Replace("FOLDER", folder.Path, StringComparison.Ordinal), settings!.Sites[0].Website!.Words);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "\"Website\": {}", "Website: say what is shown: \"Directory\" with a folder of files, \"Proxy\" with the address of another server, or \"Redirect\" with an address to go to" },
        { "\"Website\": \"site\"", "Website is \"site\": must be an object, { … }" },
        { "\"Website\": { \"Directory\": \"site\", \"Redirect\": \"https://www.example.net\" }", "Website: \"Directory\" and \"Redirect\" exclude each other; keep one of them" },
        { "\"Website\": { \"Directory\": \"site\", \"KeepPath\": false }", "Website:KeepPath is false: belongs to \"Redirect\" and means nothing beside \"Directory\"; remove it" },
        { "\"Website\": { \"Redirect\": \"https://www.example.net\", \"KeepHost\": true }", "Website:KeepHost is true: belongs to \"Proxy\" and means nothing beside \"Redirect\"; remove it" },
        { "\"Website\": { \"Directry\": \"site\" }", "Website: say what is shown: \"Directory\" with a folder of files, \"Proxy\" with the address of another server, or \"Redirect\" with an address to go to\nWebsite:Directry is \"site\": this key is not known; did you mean \"Directory\"?" },
        { "\"Website\": { \"Directory\": \"\" }", "Website:Directory is \"\": name the folder with the files, for example \"site\"; a relative path starts at this file's folder" },
        { "\"Website\": { \"Directory\": \"nowhere\" }", "Website:Directory is \"nowhere\": there is no directory FOLDER/nowhere" },
        { "\"Website\": { \"Directory\": \"site/index.html\" }", "Website:Directory is \"site/index.html\": FOLDER/site/index.html is a file; name the folder that it is in" },
        { "\"Website\": { \"Directory\": \".\" }", "Website:Directory is \".\": FOLDER/appsettings.json is in there and would be public; put the files into a folder of their own, for example \"FOLDER/site\"" },
        { "\"Website\": { \"Directory\": \"/\" }", "Website:Directory is \"/\": FOLDER/appsettings.json is in there and would be public; put the files into a folder of their own, for example \"FOLDER/site\"" },
        { "\"Website\": { \"Directory\": \"link\" }", "Website:Directory is \"link\": FOLDER/appsettings.json is in there and would be public; put the files into a folder of their own, for example \"FOLDER/site\"" },
        { "\"Website\": { \"Directory\": \"store/site\" }", "Website:Directory is \"FOLDER/store/site\": the store with the private keys is there (FOLDER/store); put the files into a folder of their own" },
        { "\"Website\": { \"Proxy\": \"www.example.net\" }", "Website:Proxy is \"www.example.net\": the scheme is missing; write \"https://www.example.net\"" },
        { "\"Website\": { \"Proxy\": \"https://www.example.net/blog\" }", "Website:Proxy is \"https://www.example.net/blog\": must be scheme, host and port alone, since paths are passed on unchanged; write \"https://www.example.net\"" },
        { "\"Website\": { \"Proxy\": \"https://localhost\" }", "Website:Proxy is \"https://localhost\": that is the gateway's own listener (MatrixEdge:Listen:Https); give the website's" },
        { "\"Website\": { \"Proxy\": \"https://example.com\" }", "Website:Proxy is \"https://example.com\": that is this site itself, so requests would go round in circles; give the website's own name or address" },
        { "\"Website\": { \"Proxy\": \"https://www.example.net\", \"TrustedRoots\": \"no.pem\" }", "Website:TrustedRoots is \"no.pem\": there is no file FOLDER/no.pem; give a PEM file with the authority's root" },
        { "\"Website\": { \"Proxy\": \"https://www.example.net\", \"TrustedRoots\": \"key.pem\" }", "Website:TrustedRoots is \"key.pem\": the file holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----" },
        { "\"Website\": { \"Proxy\": \"http://10.0.0.7\", \"TrustedRoots\": \"ca.pem\" }", "Website:TrustedRoots is \"ca.pem\": Proxy is spoken to without TLS, so no certificate is looked at; write https:// there, or remove this" },
        { "\"Website\": { \"Directory\": \"site\", \"TrustedRoots\": \"ca.pem\" }", "Website:TrustedRoots is \"ca.pem\": belongs to \"Proxy\" and means nothing beside \"Directory\"; remove it" },
        { "\"Website\": { \"Proxy\": \"http://127.0.0.1:8008\" }", "Website:Proxy is \"http://127.0.0.1:8008\": that is the homeserver, which would get more than its public paths; publish what is missing by Homeserver:PublicPaths" },
        { "\"Website\": { \"Redirect\": \"www.example.com\" }", "Website:Redirect is \"www.example.com\": give the complete address, for example \"https://www.example.com\"" },
        { "\"Website\": { \"Redirect\": \"ftp://www.example.com\" }", "Website:Redirect is \"ftp://www.example.com\": give a complete address, starting with https://" },
        { "\"Website\": { \"Redirect\": \"https://Example.com/\" }", "Website:Redirect is \"https://Example.com/\": that is this site itself, so browsers would go round in circles; give another host, for example \"https://www.example.com\"" },
        { "\"Website\": { \"Redirect\": \"http://example.com\" }", "Website:Redirect is \"http://example.com\": that is this site itself, so browsers would go round in circles; give another host, for example \"https://www.example.com\"" },
        { "\"Website\": { \"Redirect\": \"https://www.example.com/?a=b\" }", "Website:Redirect is \"https://www.example.com/?a=b\": leave out what follows \"?\" or \"#\", since path and query of the request are appended; or write \"KeepPath\": false" },
        { "\"Website\": { \"Redirect\": \"https://www.example.com/caf\u00e9\" }", "Website:Redirect is \"https://www.example.com/café\": must be ASCII, as it stands in the address bar when copied; write \"https://www.example.com/caf%C3%A9\"" },
        { "\"Website\": { \"Redirect\": \"https://www.example.com\", \"KeepPath\": \"yes\" }", "Website:KeepPath is \"yes\": must be true or false" },
        { "\"ServesApex\": false, \"Website\": { \"Directory\": \"site\" }", "Website: it would never be seen, since another host answers for the apex; remove it or \"ServesApex\": false" },
        { "\"WebClient\": {}", "WebClient:Host: name the host of the client alone, for example \"app.example.com\"\nWebClient:Directory: name the folder with the files, for example \"site\"; a relative path starts at this file's folder" },
        { "\"WebClient\": { \"Host\": \"https://app.example.com\", \"Directory\": \"site\" }", "WebClient:Host is \"https://app.example.com\": give the bare name, for example \"app.example.com\"" },
        { "\"WebClient\": { \"Host\": \"app.example.com:8443\", \"Directory\": \"site\" }", "WebClient:Host is \"app.example.com:8443\": leave out the port, it is that of the listeners: \"app.example.com\"" },
        { "\"WebClient\": { \"Host\": \"example.com\", \"Directory\": \"site\" }", "WebClient:Host is \"example.com\": give the client a host of its own: what users upload is served there, and must not share an origin with the client, whose keys it could read" },
        { "\"WebClient\": { \"Host\": \"Matrix.example.com\", \"Directory\": \"site\" }", "WebClient:Host is \"Matrix.example.com\": give the client a host of its own: what users upload is served there, and must not share an origin with the client, whose keys it could read" },
        { "\"WebClient\": { \"Host\": \"app.example.com\", \"Directory\": \"store\" }", "WebClient:Directory is \"FOLDER/store\": the store with the private keys is there (FOLDER/store); put the files into a folder of their own" },
        { "\"WebClient\": { \"Host\": \"app.example.com\", \"Directory\": \"site\", \"Config\": [] }", "WebClient:Config is []: must be an object, {…}, with what to add to config.json" },
        { "\"WebClient\": { \"Host\": \"app.example.com\", \"Directory\": \"site\", \"Config\": { \"default_server_config\": { \"m.homeserver\": \"https://matrix.example.com\" } } }", "WebClient:Config:default_server_config:m.homeserver is \"https://matrix.example.com\": must be an object, {\"base_url\": \"https://matrix.example.com\"}" },
        { "\"WebClient\": { \"Host\": \"app.example.com\", \"Directory\": \"site\", \"Config\": { \"default_hs_url\": \"https://matrix.org\" } }", "WebClient:Config:default_hs_url is \"https://matrix.org\": clients refuse it beside default_server_config, which the gateway fills in; remove it" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_key_value_and_remedy(string keys, string expected)
    {
        var (settings, problems) = Parse(keys);

        Assert.Null(settings);
        Assert.Equal(
            expected.Replace("FOLDER", folder.Path, StringComparison.Ordinal),
            string.Join('\n', problems.Found).Replace("MatrixEdge:Sites:0:", "", StringComparison.Ordinal));
    }

    [Fact]
    public void A_client_has_a_host_of_the_site_and_a_name_in_its_certificate()
    {
        var (settings, problems) = Parse("""
            "WebClient": { "Host": "App.example.com", "Directory": "site", "Config": { "setting_defaults": { "MessageComposerInput.showStickersButton": false } } }
            """);

        Assert.Empty(problems.Found);
        Assert.Empty(problems.Notes);
        var site = settings!.Sites[0];
        Assert.Equal(["matrix.example.com", "example.com", "app.example.com"], site.Hosts.Select(host => host.Name));
        Assert.Equal(["matrix.example.com", "example.com", "app.example.com"], settings.CertificateNames);
        Assert.Equal(folder.File("site"), site.WebClient!.Directory);
        Assert.Equal("""{"setting_defaults":{"MessageComposerInput.showStickersButton":false}}""", site.WebClient.Config!.ToJsonString());
    }

    [Fact]
    public void What_looks_odd_about_a_client_is_noted()
    {
        Directory.CreateDirectory(folder.File("client"));
        File.WriteAllText(folder.File("client/config.json"), "{}");

        var (_, problems) = Parse("""
            "WebClient": { "Host": "app.example.com", "Directory": "client" }
            """);

        Assert.Empty(problems.Found);
        Assert.Equal(
            [
                $"MatrixEdge:Sites:0:WebClient:Directory: there is no index.html in {folder.File("client")}; is it the folder of the unpacked client?",
                $"MatrixEdge:Sites:0:WebClient:Directory: config.json in {folder.File("client")} is taken up, but for the homeserver that it names; Config wins over it",
            ],
            problems.Notes);
    }

    [Theory]
    [InlineData("365.00:00:00", 365)]
    [InlineData("00:00:00", 0)]
    [InlineData("730.00:00:00", 730)]
    public void HSTS_is_a_length_of_time(string written, int days)
    {
        var (settings, _) = Parse("", $", \"StrictTransportSecurity\": \"{written}\"");

        Assert.Equal(TimeSpan.FromDays(days), settings!.StrictTransportSecurity);
    }

    [Theory]
    [InlineData("31536000", "must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"")]
    [InlineData("-1.00:00:00", "give a time up to two years, \"730.00:00:00\"; one year is \"365.00:00:00\", and \"00:00:00\" makes browsers forget it")]
    [InlineData("3650.00:00:00", "give a time up to two years, \"730.00:00:00\"; one year is \"365.00:00:00\", and \"00:00:00\" makes browsers forget it")]
    public void HSTS_for_longer_than_that_is_a_mistake(string written, string remedy)
    {
        var (_, problems) = Parse("", $", \"StrictTransportSecurity\": \"{written}\"");

        Assert.Equal($"MatrixEdge:StrictTransportSecurity is \"{written}\": {remedy}", Assert.Single(problems.Found).ToString());
    }

    [Fact]
    public void The_private_key_of_a_certificate_is_in_no_directory_that_is_shown()
    {
        Directory.CreateDirectory(folder.File("site/tls"));
        var (_, _, problems) = UnderstoodConfiguration.Of(folder, """
            {
              "MatrixEdge": {
                "Certificate": { "Source": "Files", "CertificatePath": "chain.pem", "PrivateKeyPath": "site/tls/key.pem" }, "Store": { "Directory": "store" },
                "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }, "Website": { "Directory": "site" } }]
              }
            }
            """);

        Assert.Contains(
            $"MatrixEdge:Sites:0:Website:Directory is \"{folder.File("site")}\": a private key is in there and would be public ({folder.File("site/tls/key.pem")}); put the files into a folder of their own",
            problems.Found.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Without_a_word_there_is_none_of_all_that()
    {
        var (settings, _) = Parse("");

        Assert.Null(settings!.StrictTransportSecurity);
        Assert.Null(settings.Sites[0].Website);
        Assert.Null(settings.Sites[0].WebClient);
    }

    public void Dispose() => folder.Dispose();

    private (EdgeSettings? Settings, Problems Problems) Parse(string site, string more = "")
    {
        var (settings, _, problems) = UnderstoodConfiguration.Of(folder, $$"""
            {
              "MatrixEdge": {
                "Certificate": { "Source": "Local" }, "Store": { "Directory": "store" },
                "Sites": [{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }{{(site.Length > 0 ? ", " : "")}}{{site}} }]{{more}}
              }
            }
            """);
        return (settings, problems);
    }
}
