using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Beginning;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Beginning;

/// <summary>From each homeserver's configuration, and from answers, to a file that the gateway accepts.</summary>
public sealed partial class NewConfigurationTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Synapse_is_taken_over_with_all_that_belongs_to_the_edge()
    {
        var result = From("homeserver.yaml");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal(("example.com", "matrix.example.com", HomeserverKind.Synapse, "http://127.0.0.1:8008/"),
            (site.ServerName.ToString(), site.PublicHost.ToString(), site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri));
        Assert.Equal("""{"m.identity_server":{"base_url":"https://identity.example.com"},"io.element.e2ee":{"default":true,"secure_backup_required":false,"session_lifetime":30}}""",
            site.WellKnown.Client!.ToJsonString());
        Assert.Equal(
            [
                "server name example.com, from server_name (homeserver.yaml, line 2)",
                "public host matrix.example.com, from public_baseurl (homeserver.yaml, line 3)",
                "homeserver Synapse, from the kind of the file",
                "address http://127.0.0.1:8008, from listeners (homeserver.yaml, line 14)",
                "authentication service http://localhost:8080, from matrix_authentication_service.endpoint (homeserver.yaml, line 73)",
                "e-mail address admin@example.com, from admin_contact (homeserver.yaml, line 6)",
                "content of the client document m.identity_server, io.element.e2ee, from extra_well_known_client_content (homeserver.yaml, line 56)",
            ],
            result.Output.Where(line => line.Contains(", from ", StringComparison.Ordinal)));
        Assert.Contains("Note: homeserver.yaml, line 9: Synapse itself listens on port 8448, which the gateway needs; take this listener away", result.Output);
        Assert.Contains("Note: homeserver.yaml, line 17: write x_forwarded: true for this listener, else Synapse takes the gateway's address for that of every client", result.Output);
        Assert.Contains("Note: m.homeserver in extra_well_known_client_content (homeserver.yaml, line 56) has no effect in Synapse, and is left out", result.Output);
        Assert.Contains("Note: max_upload_size (homeserver.yaml, line 54) stays with the homeserver: the gateway learns the limit from it", result.Output);
        Assert.Contains(result.Output, line => line.StartsWith("Note: instance_map (homeserver.yaml, line 34) names workers", StringComparison.Ordinal));
        Assert.Contains("        // From public_baseurl (homeserver.yaml, line 3).\n        \"PublicHost\": \"matrix.example.com\",\n", result.Text, StringComparison.Ordinal);
        Assert.Equal(("http://localhost:8080/", null), (site.AuthenticationService!.Address.AbsoluteUri, site.AuthenticationService.Host));
        Assert.Contains("          //\"Host\": \"auth.example.com\",\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("          //\"Host\": \"rtc.example.com\"\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("            //\"org.matrix.msc4143.rtc_foci\": [\n", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Conduwuit_is_taken_over_with_its_delegation_and_support()
    {
        var result = From("conduwuit.toml");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal((HomeserverKind.Conduwuit, "http://127.0.0.1:6167/", "https://matrix.example.com/", "matrix.example.com:443"),
            (site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri, site.BaseUrl.AbsoluteUri, site.DelegatedServer));
        Assert.Equal("""{"contacts":[{"role":"m.role.admin","matrix_id":"@admin:example.com","email_address":"admin@example.com"}],"support_page":"https://example.com/support"}""",
            site.WellKnown.Support!.ToJsonString());
        Assert.Contains("federation port 443, from global.well_known.server (conduwuit.toml, line 32)", result.Output);
        Assert.Contains("homeserver Conduwuit, from the name conduwuit.toml", result.Output);
    }

    [Fact]
    public void Continuwuity_with_lists_and_dotted_keys_is_taken_over()
    {
        var result = From("continuwuity.toml");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal((HomeserverKind.Continuwuity, "http://127.0.0.1:8008/", "matrix.example.com:8448"), (site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri, site.DelegatedServer));
        Assert.Contains(result.Output, line => line.StartsWith("Note: global.address (continuwuity.toml, line 3): this listener is open on all addresses", StringComparison.Ordinal));
        Assert.Contains("          //\"org.matrix.msc4143.rtc_foci\": [\n", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tuwunel_behind_a_socket_with_TLS_and_a_port_of_its_own_is_taken_over_with_notes()
    {
        var result = From("tuwunel.toml");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal((HomeserverKind.Tuwunel, "http://127.0.0.1:8008/", "https://matrix.example.com:8443/", "matrix.example.com:8448"),
            (site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri, site.BaseUrl.AbsoluteUri, site.DelegatedServer));
        Assert.Contains("Note: tuwunel.toml, line 10: with this the homeserver speaks TLS, which the gateway does from now on; take [global.tls] away", result.Output);
        Assert.Contains(result.Output, line => line.StartsWith("Note: global.unix_socket_path (tuwunel.toml, line 3): this version cannot speak to a Unix socket", StringComparison.Ordinal));
        Assert.Contains(result.Output, line => line.StartsWith("Note: global.well_known.server (tuwunel.toml, line 15) announces port 8443", StringComparison.Ordinal));
    }

    [Fact]
    public void Conduit_without_delegation_leaves_its_lines_switched_off()
    {
        var result = From("conduit.toml");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal((HomeserverKind.Conduit, "http://127.0.0.1:6167/", "example.com"), (site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri, site.PublicHost.ToString()));
        Assert.Contains("        //\"PublicHost\": \"matrix.example.com\",\n", result.Text, StringComparison.Ordinal);
        Assert.Contains("Note: the public host is not known, so it is example.com itself; write PublicHost where it is another", result.Output);
    }

    [Fact]
    public void Dendrite_is_taken_over_with_its_delegation()
    {
        var result = From("dendrite.yaml");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal((HomeserverKind.Dendrite, "http://127.0.0.1:8008/", "https://matrix.example.com/", "matrix.example.com:443"),
            (site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri, site.BaseUrl.AbsoluteUri, site.DelegatedServer));
        Assert.Contains(result.Output, line => line.StartsWith("Note: sync_api.real_ip_header: write X-Real-IP", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_Synapse_itself_generates_is_taken_over()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(SidRoot.Path, "usr/bin/python3")), $"Synapse is not installed in {SidRoot.Path}; run tests/provision");
        Assert.SkipUnless(Environment.UserName == "root", "Synapse runs in a root of its own, which only root can enter");
        var place = "tmp/" + Path.GetRandomFileName();
        Directory.CreateDirectory(Path.Combine(SidRoot.Path, place));
        try
        {
            var (code, said) = await Tool.RunAsync(
                "chroot", SidRoot.Path, "/usr/bin/env", "-C", "/" + place, "LC_ALL=C.UTF-8", "PATH=/usr/bin:/bin", "/usr/bin/python3",
                "-m", "synapse.app.homeserver", "--generate-config", "-H", "example.com", "-c", $"/{place}/homeserver.yaml", "--report-stats", "no");
            Assert.True(code == 0, said);
            File.Copy(Path.Combine(SidRoot.Path, place, "homeserver.yaml"), folder.File("homeserver.yaml"));
        }
        finally
        {
            Directory.Delete(Path.Combine(SidRoot.Path, place), recursive: true);
        }

        var result = Run([folder.File("homeserver.yaml")]);

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal(("example.com", HomeserverKind.Synapse, "http://127.0.0.1:8008/"), (site.ServerName.ToString(), site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri));
        var secrets = Regex.Matches(File.ReadAllText(folder.File("homeserver.yaml")), "^(?:registration_shared|macaroon|form).*: \"(.+)\"$", RegexOptions.Multiline);
        Assert.Equal(3, secrets.Count);
        Assert.All(secrets, secret => Assert.DoesNotContain(secret.Groups[1].Value, result.Text + string.Join('\n', result.Output), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("homeserver.yaml")]
    [InlineData("conduwuit.toml")]
    [InlineData("continuwuity.toml")]
    [InlineData("tuwunel.toml")]
    [InlineData("conduit.toml")]
    [InlineData("dendrite.yaml")]
    public void What_is_written_loads_with_all_that_is_switched_off_too_and_holds_no_secret(string sample)
    {
        var result = From(sample);

        Assert.DoesNotContain("secret-word", result.Text + string.Join('\n', result.Output), StringComparison.Ordinal);
        var everything = SwitchedOff().Replace(result.Text.Replace("      \"Source\": \"Local\",\n", "", StringComparison.Ordinal), "$1");
        using var other = new TemporaryFolder();
        var (settings, _, problems) = UnderstoodConfiguration.Of(other, everything);
        Assert.Equal("", string.Join('\n', problems.Found));
        Assert.Equal(CertificateSource.Acme, settings!.Certificate.Source);
        Assert.False(settings.Sites[0].ServesApex);
        Assert.Equal(result.Text.Contains("rtc_foci", StringComparison.Ordinal), settings.Sites[0].Calls is not null);
    }

    [Fact]
    public void Of_several_files_and_directories_the_last_word_counts()
    {
        Directory.CreateDirectory(folder.File("conf.d"));
        File.WriteAllText(folder.File("homeserver.yaml"), "server_name: old.example.com\nlisteners: [{port: 8008, type: http, resources: [{names: [client, federation]}]}]\n");
        File.WriteAllText(folder.File("conf.d/20-name.yaml"), "server_name: example.com\n");
        File.WriteAllText(folder.File("conf.d/10-name.yaml"), "server_name: older.example.com\n# only this\n");
        File.WriteAllText(folder.File("conf.d/30-empty.yaml"), "# nothing\n");
        File.WriteAllText(folder.File("conf.d/notes.txt"), "server_name: [");

        var result = Run([folder.File("homeserver.yaml"), folder.File("conf.d")]);

        Assert.Equal("example.com", result.Settings.Sites[0].ServerName.ToString());
        Assert.Contains($"server name example.com, from server_name ({folder.File("conf.d/20-name.yaml")}, line 1)", result.Output);
    }

    [Theory]
    [InlineData("port: 8008, tls: false, resources: [{names: [client]}, {names: [federation]}]", "http://127.0.0.1:8008")]
    [InlineData("port: 8008, bind_addresses: ['::1'], resources: [{names: [client, federation]}]", "http://[::1]:8008")]
    [InlineData("port: 8008, bind_addresses: ['10.0.0.5'], resources: [{names: [client, federation]}]", "http://10.0.0.5:8008")]
    [InlineData("port: 8008, bind_address: '', resources: [{names: [client, federation]}]", "http://127.0.0.1:8008")]
    [InlineData("port: 8081, bind_address: 127.0.0.1, resources: [{names: client}]", "http://127.0.0.1:8081")]
    [InlineData("port: 8008, resources: [{names: [federation]}]", null)]
    [InlineData("port: 8008, tls: true, resources: [{names: [client, federation]}]", null)]
    [InlineData("path: /run/synapse.sock, resources: [{names: [client, federation]}]", null)]
    public void The_listener_for_clients_is_found(string listener, string? address)
    {
        var (draft, findings) = Synapse($"listeners: [{{type: metrics, port: 8009}}, {{type: http, {listener}}}]");

        Assert.Equal(address, draft.Address?.Value);
        Assert.Empty(findings.Problems);
        Assert.True(address is not null || findings.Notes.Any(note => note.Contains("names: [client, federation]", StringComparison.Ordinal)));
    }

    [Fact]
    public void Of_several_listeners_the_one_without_TLS_that_serves_both_is_taken()
    {
        var (draft, findings) = Synapse("""
            listeners:
              - { port: 443, type: http, tls: true, resources: [{names: [client, federation]}] }
              - { port: 8007, type: http, x_forwarded: true, bind_addresses: [127.0.0.1], resources: [{names: [client]}] }
              - { port: 8008, type: http, x_forwarded: true, bind_addresses: [127.0.0.1], resources: [{names: [client, federation]}] }
            """);

        Assert.Equal("http://127.0.0.1:8008", draft.Address!.Value);
        Assert.Contains("listens on port 443", Assert.Single(findings.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void Listeners_of_their_own_for_clients_and_federation_are_told()
    {
        var (draft, findings) = Synapse("""
            listeners:
              - { port: 8048, type: http, x_forwarded: true, bind_addresses: [127.0.0.1], resources: [{names: [federation]}] }
              - { port: 8008, type: http, x_forwarded: true, bind_addresses: [127.0.0.1], resources: [{names: [client]}] }
            """);

        Assert.Equal("http://127.0.0.1:8008", draft.Address!.Value);
        Assert.Contains("line 2 federation", Assert.Single(findings.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void What_Synapse_announces_itself_is_port_443()
    {
        var result = RunText("homeserver.yaml", "server_name: example.com\npublic_baseurl: https://matrix.example.com\nserve_server_wellknown: true\n");

        Assert.Equal("matrix.example.com:443", result.Settings.Sites[0].DelegatedServer);
        Assert.True(result.Settings.Sites[0].ServesApex);
        Assert.Contains("the server name itself leads here, from serve_server_wellknown (homeserver.yaml, line 3)", result.Output.Select(Short));
        Assert.Contains(result.Output, line => line.Contains("sends other servers to example.com:443", StringComparison.Ordinal));
    }

    [Fact]
    public void The_older_way_to_name_the_authentication_service_gives_its_host() =>
        Assert.Contains("\"Host\": \"auth.example.org\"",
            RunText("homeserver.yaml", "server_name: example.com\nexperimental_features: { msc3861: { enabled: true, issuer: 'https://auth.example.org/', client_secret: secret-word } }\n").Text,
            StringComparison.Ordinal);

    [Fact]
    public void Calls_that_the_client_document_names_already_are_not_proposed_again()
    {
        var result = RunText("homeserver.yaml", """
            server_name: example.com
            extra_well_known_client_content: { org.matrix.msc4143.rtc_foci: [{ type: livekit, livekit_service_url: 'https://rtc.example.com' }] }
            matrix_rtc: { transports: [{ type: livekit, livekit_service_url: 'https://rtc.example.com' }] }
            """);

        Assert.Single(Regex.Matches(result.Text, "rtc_foci"));
    }

    [Theory]
    [InlineData("/etc/tuwunel/config.toml", nameof(HomeserverKind.Tuwunel))]
    [InlineData("/srv/conduit/continuwuity.toml", nameof(HomeserverKind.Continuwuity))]
    [InlineData("/etc/matrix-conduit/conduit.toml", nameof(HomeserverKind.Conduit))]
    [InlineData("/srv/matrix/config.toml", null)]
    public void Which_of_its_kin_a_TOML_is_is_told_by_the_nearest_name(string path, string? kind)
    {
        var findings = new Findings();
        var root = TomlReader.Read("[global]\nserver_name = 'example.com'", path);

        Assert.Equal(kind, ConduitConfiguration.Read(new FileSection(root, "", findings), [path], findings).Kind?.Value.ToString());
    }

    [Theory]
    [InlineData("homeserver.yaml", "server_name: 3", "homeserver.yaml, line 1: server_name must be a text")]
    [InlineData("homeserver.yaml", "server_name: https://example.com", "server_name (homeserver.yaml, line 1): give the bare name, for example \"example.com\"")]
    [InlineData("homeserver.yaml", "server_name: a\npublic_baseurl: 'https://admin:secret-word@example.com'", "public_baseurl (homeserver.yaml, line 2): leave out the user name and password: everybody can read this address")]
    [InlineData("homeserver.yaml", "server_name: a\nlisteners: 8008", "homeserver.yaml, line 2: listeners must be a list of tables")]
    [InlineData("homeserver.yaml", "server_name: a\nlisteners:\n- port: '8008'\n  type: http\n- port: 99999\n", "homeserver.yaml, line 3: listeners[].port must be a port, a number from 1 to 65535\nhomeserver.yaml, line 5: listeners[].port must be a port, a number from 1 to 65535")]
    [InlineData("homeserver.yaml", "server_name: a\nlisteners: []\nserve_server_wellknown: 1", "homeserver.yaml, line 3: serve_server_wellknown must be true or false")]
    [InlineData("homeserver.yaml", "server_name: a\nserver_name: b", "homeserver.yaml, line 2, column 1: \"server_name\" stands there twice (line 1, too)")]
    [InlineData("homeserver.yaml", "server_name: a\nextra_well_known_client_content: { identity: 1 }", "MatrixEdge:Sites:0:WellKnown:Client:identity is 1: must be named like a Java package, for example \"com.example.setting\"")]
    [InlineData("homeserver.yaml", "server_name: a\nlisteners: [{ port: 8448, type: http, resources: [{ names: [client, federation] }]}]", "MatrixEdge:Sites:0:Homeserver:Address is \"http://127.0.0.1:8448\": that is the gateway's own listener (MatrixEdge:Listen:Federation); give the homeserver's")]
    [InlineData("homeserver.yaml", "server_name: a\nmatrix_authentication_service: { enabled: true, endpoint: secret-word }", "matrix_authentication_service.endpoint (homeserver.yaml, line 2): this must be an address such as http://localhost:8080")]
    [InlineData("homeserver.yaml", "listeners: []", "homeserver.yaml: there is no server name here, and nobody to ask for it")]
    [InlineData("homeserver.yaml", "password: secret-word", "homeserver.yaml: there is neither server_name (Synapse) nor global.server_name (Dendrite) here; name the homeserver's own configuration, all of its files")]
    [InlineData("conduit.toml", "[global]\nserver_name = 'a'\nport = 'x'", "conduit.toml, line 3: global.port must be a port, a number from 1 to 65535")]
    [InlineData("conduit.toml", "[global]\nserver_name = [", "conduit.toml, line 2, column 16: a value is expected")]
    [InlineData("conduit.toml", "[global]\nserver_name = 'a'\n[global.well_known]\nserver = 'https://a'\nsupport_mxid = 'x'", "global.well_known.server (conduit.toml, line 4): give the bare name, for example \"a\"")]
    [InlineData("conduit.toml", "server_name = 'a'", "conduit.toml: there is no [global] here, so this is no configuration of Conduit, conduwuit, Continuwuity or Tuwunel")]
    [InlineData("binary", "server_name\0", "binary: this is not text")]
    public void What_is_wrong_is_told_by_line_and_nothing_is_written(string name, string text, string expected)
    {
        File.WriteAllText(folder.File(name), text);

        var (isWritten, _, errors) = Try([folder.File(name)]);

        Assert.Equal((false, expected), (isWritten, Short(errors).TrimEnd('\n')));
        Assert.False(File.Exists(folder.File("appsettings.json")));
    }

    [Fact]
    public void What_is_no_file_of_a_homeserver_is_told_and_nothing_is_written()
    {
        Directory.CreateDirectory(folder.File("empty"));
        File.WriteAllBytes(folder.File("binary"), [0xff, 0xfe, 0x00, 0x80]);
        File.WriteAllText(folder.File("large.yaml"), "server_name: a\n" + new string('#', 5 << 20));
        File.WriteAllText(folder.File("a.yaml"), "server_name: a");
        File.WriteAllText(folder.File("a.toml"), "[global]");

        Assert.Equal(
            [
                $"there is no file {folder.File("missing")}",
                $"{folder.File("empty")}: there is no file in this directory that ends in .yaml or .toml",
                $"{folder.File("binary")}: this is not text in UTF-8",
                $"{folder.File("large.yaml")}: this is larger than 4 MiB, and no homeserver's configuration",
                $"{folder.File("a.yaml")}, {folder.File("a.toml")}: these belong to different homeservers; name the files of one",
            ],
            new string[][] { ["missing"], ["empty"], ["binary"], ["large.yaml"], ["a.yaml", "a.toml"] }
                .Select(names => Try([.. names.Select(folder.File)])).Select(result => result.Errors.TrimEnd('\n')));
        Assert.False(File.Exists(folder.File("appsettings.json")));
    }

    [Fact]
    public void What_the_file_does_not_say_is_asked_and_nothing_else()
    {
        File.Copy(Sample("conduwuit.toml"), folder.File("config.toml"));

        var result = Run([folder.File("config.toml")], "tuwunel\nno\nyes\n\n");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal((HomeserverKind.Tuwunel, false, CertificateSource.Acme), (site.Homeserver.Kind, site.ServesApex, result.Settings.Certificate.Source));
        Assert.Contains("\"EmailAddress\": \"admin@example.com\"", result.Text, StringComparison.Ordinal);
        Assert.Contains(result.Output, line => line.EndsWith("[admin@example.com]: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Answers_alone_are_enough()
    {
        var result = Run([], "example.com\n\nSYNAPSE\nhttp://10.0.0.5:8008\ny\n\nyes\nadmin@example.com\n");

        var site = Assert.Single(result.Settings.Sites);
        Assert.Equal(("example.com", "matrix.example.com", true, HomeserverKind.Synapse, "http://10.0.0.5:8008/", 8448),
            (site.ServerName.ToString(), site.PublicHost.ToString(), site.ServesApex, site.Homeserver.Kind, site.Homeserver.Address.AbsoluteUri, site.FederationPort));
        Assert.Equal(CertificateSource.Acme, result.Settings.Certificate.Source);
        Assert.DoesNotContain(result.Output, line => line.StartsWith("Note:", StringComparison.Ordinal));
    }

    [Fact]
    public void Whoever_does_not_accept_the_terms_gets_a_configuration_for_trying_out() =>
        Assert.Equal(CertificateSource.Local, Run([], "example.com\nexample.com\n\n\n\nno\n").Settings.Certificate.Source);

    [Theory]
    [InlineData("", "there is no terminal to ask questions on; give --from FILE, or the answers by standard input, one on each line")]
    [InlineData("example.com\n", "there is no answer to \"Public host, where clients and other servers reach the homeserver\"")]
    [InlineData("\n", "give the name of the server, for example \"example.org\"")]
    [InlineData("@me:example.com\n", "give only the server's part of the identifier, for example \"example.com\"")]
    [InlineData("example.com\nhttps://matrix.example.com\n", "give the bare name, for example \"matrix.example.com\"")]
    [InlineData("example.com\n\nsynaps\n", "did you mean Synapse?")]
    [InlineData("example.com\n\nSynapse\n127.0.0.1:8008\n", "the scheme is missing; write \"http://127.0.0.1:8008\"")]
    [InlineData("example.com\n\nSynapse\nhttp://127.0.0.1:8448\n", "that is the gateway's own listener (MatrixEdge:Listen:Federation); give the homeserver's")]
    [InlineData("example.com\n\n\n\nperhaps\n", "answer yes or no")]
    [InlineData("example.com\n\n\n\n\n80\n", "give 8448 or 443")]
    [InlineData("example.com\n\n\n\n\n\ny\nme\n", "give one address, for example \"admin@example.com\"")]
    public void Answers_by_a_pipe_that_are_wrong_or_too_few_write_nothing(string answers, string expected)
    {
        var (isWritten, _, errors) = Try([], answers);

        Assert.False(isWritten);
        Assert.EndsWith(expected + "\n", errors, StringComparison.Ordinal);
        Assert.StartsWith("Nothing was written: ", Assert.Single(errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void On_a_terminal_a_wrong_answer_is_asked_for_again()
    {
        var output = new StringWriter();
        var answers = new StringReader("https://example.com\nexample.com\n\nSynaps\nSynapse\n\n\n\ny\n\n");

        Assert.True(new NewConfiguration(answers, output, TextWriter.Null, isTerminal: true).Write([], folder.File("appsettings.json"), mayReplace: false));

        Assert.Contains("user:example.com:   give the bare name, for example \"example.com\"\n", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("  did you mean Synapse?\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_by_force_alone()
    {
        File.WriteAllText(folder.File("appsettings.json"), "mine");

        var refused = Try([Sample("conduit.toml")]);
        var kept = File.ReadAllText(folder.File("appsettings.json"));
        var forced = Try([Sample("conduit.toml")], force: true);

        Assert.Equal((false, "mine"), (refused.IsWritten, kept));
        Assert.Equal($"{folder.File("appsettings.json")} is there already; give another name with --out, or --force to replace it\n", refused.Errors);
        Assert.True(forced.IsWritten);
        Assert.NotEqual("mine", File.ReadAllText(folder.File("appsettings.json")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(folder.File("appsettings.json")));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("", "--out needs the name of a file, for example appsettings.json")]
    [InlineData("/", "/ is a directory; name a file in it, for example /appsettings.json")]
    [InlineData("/nowhere/at/all.json", "there is no directory for /nowhere/at/all.json; make it first")]
    public void A_file_that_cannot_be_is_told(string path, string expected)
    {
        var errors = new StringWriter();

        Assert.False(new NewConfiguration(TextReader.Null, TextWriter.Null, errors, isTerminal: false).Write([Sample("conduit.toml")], path, mayReplace: true));

        Assert.Equal(expected + "\n", errors.ToString());
    }

    [Fact]
    public void A_name_with_line_breaks_stays_within_its_comment()
    {
        var name = "homeserver\n}\u2028{.yaml";
        File.WriteAllText(folder.File(name), "server_name: example.com\n");

        Assert.Equal("example.com", Run([folder.File(name)]).Settings.Sites[0].ServerName.ToString());
    }

    private sealed record Result(EdgeSettings Settings, string Text, IReadOnlyList<string> Output);

    private static string Sample(string name) => Repository.PathOf($"tests/MatrixEdge.Tests/Beginning/Samples/{name}");

    // Without the folder of the samples, or of the test.
    private string Short(string text) =>
        text.Replace(Path.GetDirectoryName(Sample("")) + "/", "", StringComparison.Ordinal).Replace(folder.Path + "/", "", StringComparison.Ordinal);

    private Result From(string sample)
    {
        var result = Run([Sample(sample)]);
        return result with { Output = [.. result.Output.Select(Short)], Text = Short(result.Text) };
    }

    private Result RunText(string name, string text)
    {
        File.WriteAllText(folder.File(name), text);
        return Run([folder.File(name)]);
    }

    private Result Run(string[] from, string answers = "")
    {
        var (isWritten, output, errors) = Try(from, answers);
        Assert.Equal((true, ""), (isWritten, errors));

        var text = File.ReadAllText(folder.File("appsettings.json"));
        using var other = new TemporaryFolder();
        var (settings, _, problems) = UnderstoodConfiguration.Of(other, text);
        Assert.Equal("", string.Join('\n', problems.Found));
        return new Result(settings!, text, output.TrimEnd('\n').Split('\n'));
    }

    private (bool IsWritten, string Output, string Errors) Try(string[] from, string answers = "", bool force = false)
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        var errors = new StringWriter(CultureInfo.InvariantCulture);
        var isWritten = new NewConfiguration(new StringReader(answers), output, errors, isTerminal: false).Write(from, folder.File("appsettings.json"), force);
        return (isWritten, output.ToString(), errors.ToString());
    }

    private static (Draft Draft, Findings Findings) Synapse(string yaml)
    {
        var findings = new Findings();
        return (SynapseConfiguration.Read(new FileSection(YamlReader.Read(yaml, "homeserver.yaml"), "", findings), findings), findings);
    }

    [GeneratedRegex("^( *)//(?=[\"}\\]{])", RegexOptions.Multiline)]
    private static partial Regex SwitchedOff();
}
