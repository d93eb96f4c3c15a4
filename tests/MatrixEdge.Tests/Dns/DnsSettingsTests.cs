using System.Net;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Dns;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Dns;

/// <summary>What may stand in <c>Dns01</c>, and what the operator reads when it is wrong, to the letter.</summary>
public sealed class DnsSettingsTests : IDisposable
{
    private const string Secret = "bm90IGEgc2VjcmV0";
    private const string Update = $$""" "Server": "192.0.2.53", "KeyName": "k", "KeySecret": "{{Secret}}" """;

    private readonly TemporaryFolder folder = new();

    public DnsSettingsTests()
    {
        File.WriteAllText(folder.File("hook"), "#!/bin/sh\n");
        File.SetUnixFileMode(folder.File("hook"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.WriteAllText(folder.File("text"), "no secret!\n");
        File.SetUnixFileMode(folder.File("text"), UnixFileMode.UserRead);
    }

    public static TheoryData<string, string> Mistakes => new()
    {
        { "{}", "Dns01: say how records are published: by a program in Hook, or by dynamic updates to the name server in Server" },
        { "\"hook\"", "Dns01 is \"hook\": must be an object, { … }" },
        { $$"""{ "Hook": "hook", {{Update}} }""", "Dns01: Hook and Server exclude each other; keep the one that publishes the records" },
        { """{ "Hook": 5 }""", "Dns01:Hook is 5: there is no program FOLDER/5" },
        { """{ "Hook": true }""", "Dns01:Hook is true: must be a string in quotation marks" },
        { """{ "Hook": "" }""", "Dns01:Hook is \"\": must be the path of a program, or a list of strings that begins with it, for example [\"/usr/local/bin/dns-hook\", \"example.org\"]" },
        { """{ "Hook": [] }""", "Dns01:Hook is []: must be the path of a program, or a list of strings that begins with it, for example [\"/usr/local/bin/dns-hook\", \"example.org\"]" },
        { """{ "Hook": ["hook", 1] }""", "Dns01:Hook is [\"hook\",1]: must be the path of a program, or a list of strings that begins with it, for example [\"/usr/local/bin/dns-hook\", \"example.org\"]" },
        { """{ "Hook": {} }""", "Dns01:Hook is {}: must be a string in quotation marks" },
        { """{ "Hook": "missing" }""", "Dns01:Hook is \"missing\": there is no program FOLDER/missing" },
        { """{ "Hook": "hook --zone x" }""", "Dns01:Hook is \"hook --zone x\": there is no program FOLDER/hook --zone x; arguments stand beside it in a list, [\"hook\", \"--zone\", \"x\"]" },
        { """{ "Hook": "text" }""", "Dns01:Hook is \"text\": FOLDER/text is not executable; run: chmod +x FOLDER/text" },
        { """{ "Hook": "." }""", "Dns01:Hook is \".\": FOLDER is a directory; name the program in it" },
        { """{ "Hook": "hook", "Environment": "A=s3cret" }""", "Dns01:Environment: must be an object, { \"NAME\": \"value\" }" },
        { """{ "Hook": "hook", "Environment": { "A=B": "s3cret" } }""", "Dns01:Environment:A=B: the name of an environment variable has at least one character, and no \"=\" or NUL" },
        { """{ "Hook": "hook", "Environment": { "A": ["s3cret"] } }""", "Dns01:Environment:A: must be a string in quotation marks, without NUL" },
        { """{ "Hook": "hook", "HookTimeout": "00:00:00" }""", "Dns01:HookTimeout is \"00:00:00\": must be a length of time from \"00:00:01\" to \"01:00:00\"" },
        { """{ "Hook": "hook", "HookTimeout": "120" }""", "Dns01:HookTimeout is \"120\": must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"" },
        { """{ "Hook": "hook", "PropagationTimeout": "02:00:00" }""", "Dns01:PropagationTimeout is \"02:00:00\": must be a length of time from \"00:00:00\" to \"01:00:00\"" },
        { """{ "Hook": "hook", "Resolvers": "192.0.2.1" }""", "Dns01:Resolvers is \"192.0.2.1\": must be a list, [ … ]" },
        { """{ "Hook": "hook", "Resolvers": ["192.0.2.1", "ns1.example.org"] }""", "Dns01:Resolvers:1 is \"ns1.example.org\": must be the address of a resolver, with a port if it is not 53: \"192.0.2.53\", \"127.0.0.1:5353\", \"[2001:db8::53]:5353\"" },
        { """{ "Hook": "hook", "HokTimeout": "s3cret" }""", "Dns01:HokTimeout: this key is not known; did you mean \"HookTimeout\"?" },
        { $$"""{ {{Update}}, "KeySecert": "s3cret" }""", "Dns01:KeySecert: this key is not known; did you mean \"KeySecret\"?" },
        { $$"""{ "Server": "https://ns1.example.org", "KeyName": "k", "KeySecret": "{{Secret}}" }""", "Dns01:Server is \"https://ns1.example.org\": must be the address or name of a name server, with a port if it is not 53: \"192.0.2.53\", \"[2001:db8::53]:5353\", \"ns1.example.org\"" },
        { $$"""{ "Server": "ns1.example.org:0", "KeyName": "k", "KeySecret": "{{Secret}}" }""", "Dns01:Server is \"ns1.example.org:0\": must be the address or name of a name server, with a port if it is not 53: \"192.0.2.53\", \"[2001:db8::53]:5353\", \"ns1.example.org\"" },
        { $$"""{ "Server": "192.0.2.53", "KeySecret": "{{Secret}}" }""", "Dns01:KeyName: updates need a key that the server knows; make one with: tsig-keygen -a hmac-sha256 matrixedge" },
        { $$"""{ "Server": "192.0.2.53", "KeyName": "a..b", "KeySecret": "{{Secret}}" }""", "Dns01:KeyName is \"a..b\": must be the name of the key as the server knows it, for example \"matrixedge\"" },
        { $$"""{ {{Update}}, "Zone": "." }""", "Dns01:Zone is \".\": must be the zone that the server holds, for example \"example.org\"" },
        { $$"""{ {{Update}}, "KeyAlgorithm": "hmac-md5" }""", "Dns01:KeyAlgorithm is \"hmac-md5\": must be one of hmac-sha256, hmac-sha384, hmac-sha512; make a key with: tsig-keygen -a hmac-sha256 matrixedge" },
        { $$"""{ {{Update}}, "TimeToLive": "00:00:00" }""", "Dns01:TimeToLive is \"00:00:00\": must be a length of time from \"00:00:01\" to \"1.00:00:00\"" },
        { $$"""{ {{Update}}, "KeySecretFile": "text" }""", "Dns01:KeySecret: KeySecretFile is given, too; keep one of the two" },
        { """{ "Server": "192.0.2.53", "KeyName": "k" }""", "Dns01:KeySecret: give the secret in base64, as the server has it, here or in the file that KeySecretFile names" },
        { """{ "Server": "192.0.2.53", "KeyName": "k", "KeySecret": "s3cret!" }""", "Dns01:KeySecret: must be the secret in base64, as the server has it" },
        { """{ "Server": "192.0.2.53", "KeyName": "k", "KeySecret": "" }""", "Dns01:KeySecret: must be the secret in base64, as the server has it" },
        { """{ "Server": "192.0.2.53", "KeyName": "k", "KeySecretFile": "missing" }""", "Dns01:KeySecretFile is \"missing\": there is no file FOLDER/missing" },
        { """{ "Server": "192.0.2.53", "KeyName": "k", "KeySecretFile": "." }""", "Dns01:KeySecretFile is \".\": FOLDER is a directory" },
        { """{ "Server": "192.0.2.53", "KeyName": "k", "KeySecretFile": "text" }""", "Dns01:KeySecretFile is \"text\": the file must hold the secret in base64, as the server has it, alone or as tsig-keygen writes it" },
        { """{ "Server": "192.0.2.53", "KeyName": "k", "KeySecretFile": "" }""", "Dns01:KeySecretFile is \"\": name the file that holds the secret in base64, as the server has it" },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Every_mistake_is_one_line_and_shows_no_secret(string json, string expected)
    {
        var (_, problems) = Parse(json);

        var problem = Assert.Single(problems.Found).ToString().Replace(folder.Path, "FOLDER", StringComparison.Ordinal);
        Assert.Equal(expected, problem);
        Assert.DoesNotContain("s3cret", problem);
    }

    [Fact]
    public void Without_the_section_there_are_no_settings()
    {
        var (settings, problems) = Parse("null");

        Assert.Null(settings);
        Assert.False(problems.Any);
    }

    [Fact]
    public void Understands_a_hook()
    {
        var settings = Understand("""{ "Hook": "hook" }""");
        var full = Understand("""{ "Hook": ["./hook", "a b"], "Environment": { "TOKEN": "x" }, "HookTimeout": "00:05:00", "Resolvers": ["127.0.0.1:5353"], "PropagationTimeout": "00:00:00" }""");

        Assert.Equal([folder.File("hook")], settings.Hook!.Command);
        Assert.Equal((TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(2), 0), (settings.Hook.Timeout, settings.PropagationTimeout, settings.Resolvers.Length));
        Assert.Equal([folder.File("hook"), "a b"], full.Hook!.Command);
        Assert.Equal("x", Assert.Single(full.Hook.Environment, pair => pair.Key == "TOKEN").Value);
        Assert.Equal((TimeSpan.FromMinutes(5), TimeSpan.Zero), (full.Hook.Timeout, full.PropagationTimeout));
        Assert.Equal([IPEndPoint.Parse("127.0.0.1:5353")], full.Resolvers);
        Assert.Null(full.Update);
    }

    [Theory]
    [InlineData("192.0.2.53", "192.0.2.53", 53)]
    [InlineData("[2001:db8::53]:5353", "2001:db8::53", 5353)]
    [InlineData("2001:db8::53", "2001:db8::53", 53)]
    [InlineData("ns1.example.org", "ns1.example.org", 53)]
    [InlineData("bind:5353", "bind", 5353)]
    public void Understands_a_server(string text, string host, int port)
    {
        var settings = Understand($$"""{ "Server": "{{text}}", "KeyName": "k.", "KeySecret": "{{Secret}}" }""");

        Assert.Equal((host, port, null, TimeSpan.FromMinutes(1)), (settings.Update!.Host, settings.Update.Port, settings.Update.Zone, settings.Update.TimeToLive));
        Assert.Equal(new TsigKey(DnsName.Parse("k"), TsigAlgorithm.HmacSha256, [.. Convert.FromBase64String(Secret)]), settings.Update.Key);
    }

    [Theory]
    [InlineData($"{Secret}\n")]
    [InlineData($"key \"other\" {{\n\talgorithm hmac-sha512;\n\tsecret \"{Secret}\";\n}};\n")]
    public void Reads_a_secret_from_a_file_and_warns_when_all_can_read_it(string text)
    {
        File.WriteAllText(folder.File("key"), text);
        File.SetUnixFileMode(folder.File("key"), (UnixFileMode)Convert.ToInt32("644", 8));

        var (settings, problems) = Parse("""{ "Server": "192.0.2.53", "KeyName": "k", "KeyAlgorithm": "HMAC-SHA512.", "KeySecretFile": "key", "Zone": "example.org." }""");

        Assert.Empty(problems.Found);
        Assert.Equal(new TsigKey(DnsName.Parse("k"), TsigAlgorithm.HmacSha512, [.. Convert.FromBase64String(Secret)]), settings!.Update!.Key);
        Assert.Equal(DnsName.Parse("example.org"), settings.Update.Zone);
        Assert.Equal(
            $"Dns01:KeySecretFile: every user of this host can read {folder.File("key")}, and with it change the zone; run: chmod o-rwx {folder.File("key")}",
            Assert.Single(problems.Notes));
    }

    [Fact]
    public void What_has_no_effect_is_said()
    {
        var (_, problems) = Parse("""{ "Hook": "hook", "KeyName": "k", "Zone": "example.org" }""");

        Assert.Empty(problems.Found);
        Assert.Equal("Dns01: Zone, KeyName have no effect with Hook", Assert.Single(problems.Notes));
    }

    [Fact]
    public void The_same_text_gives_equal_settings_and_another_text_others()
    {
        const string Hook = """{ "Hook": ["hook", "a"], "Environment": { "A": "1" }, "Resolvers": ["192.0.2.1"] }""";
        const string Server = $$"""{ {{Update}}, "Zone": "example.org" }""";

        Assert.Equal(Understand(Hook), Understand(Hook));
        Assert.Equal(Understand(Server), Understand(Server));
        Assert.NotEqual(Understand(Hook), Understand(Hook.Replace("\"1\"", "\"2\"", StringComparison.Ordinal)));
        Assert.NotEqual(Understand(Hook), Understand(Hook.Replace("192.0.2.1", "192.0.2.2", StringComparison.Ordinal)));
        Assert.NotEqual(Understand(Server), Understand(Server.Replace(Secret, "AAAA", StringComparison.Ordinal)));
    }

    [Fact]
    public void Settings_written_out_show_no_secret()
    {
        Assert.DoesNotContain("s3cret", Understand("""{ "Hook": "hook", "Environment": { "A": "s3cret" } }""").ToString());
        Assert.DoesNotContain(Secret, Understand($$"""{ {{Update}} }""").ToString());
    }

    private DnsSettings Understand(string json)
    {
        var (settings, problems) = Parse(json);
        Assert.Empty(problems.Found);
        return settings!;
    }

    private (DnsSettings? Settings, Problems Problems) Parse(string json)
    {
        var problems = new Problems();
        var node = JsonNode.Parse(json, new JsonNodeOptions { PropertyNameCaseInsensitive = true });
        return (DnsSettings.Parse(new SettingsSection(node, "Dns01", problems), folder.Path), problems);
    }
}
