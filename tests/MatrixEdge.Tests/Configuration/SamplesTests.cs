using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MatrixEdge.Acme;
using MatrixEdge.Configuration;
using MatrixEdge.Observability;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using Serilog.Events;

namespace MatrixEdge.Tests.Configuration;

/// <summary>What operators copy: the example configuration, and the samples and tables in README.</summary>
public sealed partial class SamplesTests
{
    /// <summary>Known for the sake of a clear message, and of no use in this version: shown once they are.</summary>
    private static readonly string[] NotYet = ["PostgreSql"];

    /// <summary>Its keys are those of Certificate itself, so the example and README show those that are most used.</summary>
    private const string FallbackIssuer = "MatrixEdge:Certificate:FallbackIssuers:0";

    private static readonly string Example = Repository.Read("appsettings.example.json");
    private static readonly string Readme = Repository.Read("README.md");

    [Fact]
    public void The_example_loads_as_it_stands()
    {
        using var folder = new TemporaryFolder();

        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Example);

        Assert.Equal("example.com", Assert.Single(settings.Sites).ServerName.ToString());
    }

    [Fact]
    public void The_example_shows_the_defaults()
    {
        using var folder = new TemporaryFolder();

        var (example, _) = UnderstoodConfiguration.Soundly(folder, Example);
        var (silent, _) = UnderstoodConfiguration.Soundly(folder, """
            {
              "MatrixEdge": {
                "Certificate": { "Source": "Local" },
                "Sites": [
                  { "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }
                ]
              }
            }
            """);

        Assert.Equal(Report(silent), Report(example));
        Assert.Equal(silent.Listen.DrainFor, example.Listen.DrainFor);
        Assert.Equal(silent.Sites[0].WellKnown.CacheFor, example.Sites[0].WellKnown.CacheFor);
    }

    [Fact]
    public void The_example_shows_every_key_that_is_known_and_no_other()
    {
        using var folder = new TemporaryFolder();
        var everything = Ordering(SwitchedOff().Replace(Example, "$1"));

        var known = UnderstoodConfiguration.KnownKeys(folder, everything);

        Assert.Contains("MatrixEdge:Sites:0:Homeserver", known.Keys);
        Assert.Contains("MatrixEdge:Certificate:Dns01", known.Keys);
        Assert.All(known.Where(section => !section.Key.StartsWith(FallbackIssuer, StringComparison.Ordinal)), section => Assert.Equal(
            section.Value.Except(NotYet).Order(StringComparer.Ordinal),
            At(ConfigurationDocument.Parse(everything), section.Key).Select(pair => pair.Key).Order(StringComparer.Ordinal)));
        Assert.Equal(NotYet.Order(StringComparer.Ordinal), known.Values.SelectMany(keys => keys).Intersect(NotYet).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_example_names_the_keys_of_authorities_to_fall_back_on()
    {
        using var folder = new TemporaryFolder();

        var known = UnderstoodConfiguration.KnownKeys(folder, Ordering(SwitchedOff().Replace(Example, "$1")));

        var comment = Regex.Match(Example, """((?:^ *// .*\n)+) *//"FallbackIssuers":""", RegexOptions.Multiline).Groups[1].Value;
        Assert.All(known[FallbackIssuer], key => Assert.Contains(key, comment, StringComparison.Ordinal));
        Assert.Empty(known[FallbackIssuer].Except(known["MatrixEdge:Certificate"]));
    }

    [Fact]
    public void The_example_loads_with_everything_switched_on()
    {
        var settings = Load(SwitchedOff().Replace(Alternatives().Replace(Example, "$1"), "$1"));

        Assert.Equal("matrix.example.com:443", (string?)settings.Sites[0].WellKnown.Server!["m.server"]);
        Assert.NotNull(settings.Sites[0].WellKnown.Client);
        Assert.NotNull(settings.Sites[0].WellKnown.Support);
        Assert.EndsWith("/tls/fullchain.pem", settings.Certificate.CertificatePath, StringComparison.Ordinal);
        Assert.IsType<WebsiteDirectory>(settings.Sites[0].Website);
        Assert.Equal("app.example.com", settings.Sites[0].WebClient!.Host.ToString());
        Assert.Equal(TimeSpan.FromDays(365), settings.StrictTransportSecurity);
        Assert.NotNull(settings.Certificate.Acme!.Dns01!.Hook);
        Assert.Equal(2, settings.Certificate.Acme.Issuers.Length);
        Assert.All(settings.Certificate.Acme.Issuers, issuer => Assert.NotNull(issuer.ExternalAccountBinding));
    }

    [Theory]
    [InlineData("Redirect|KeepPath|Permanent", typeof(WebsiteProxy))]
    [InlineData("Proxy|KeepHost|TrustedRoots", typeof(WebsiteRedirect))]
    public void The_example_loads_with_each_alternative_in_place_of_what_stands_above_it(string otherWebsite, Type website)
    {
        // The secret stands in one place only, and the website is one thing.
        var example = Regex.Replace(Example, $"""^ *//or "(?:KeySecret|{otherWebsite})":.*\n""", "", RegexOptions.Multiline);

        var settings = Load(SwitchedOff().Replace(Alternatives().Replace(example, "$2"), "$1"));

        Assert.IsType(website, settings.Sites[0].Website);
        Assert.NotNull(settings.Certificate.Acme!.Dns01!.Update);
        Assert.NotNull(settings.Certificate.Acme.Issuers[0].ExternalAccountBinding);
    }

    [Fact]
    public void The_example_shows_the_defaults_of_ordering_where_it_says_no_other()
    {
        // What an operator gets who writes the two keys that are enough, and who switches on what the example shows.
        var least = Load(Ordering(Regex.Replace(Example, """(?m)^      //(?="(?:AcceptTermsOfService|EmailAddress)")""", ""))).Certificate.Acme!;
        var shown = Load(Ordering(Regex.Replace(
            Example, """(?m)^      //(?="(?:AcceptTermsOfService|EmailAddress|UseStagingServer|KeyAlgorithm": "ES256|DirectoryUri|RehearsalDirectoryUri)")""", ""))).Certificate.Acme!;

        Assert.Equal(least.KeyAlgorithm, shown.KeyAlgorithm);
        Assert.Equal(least.Issuers, shown.Issuers);
        Assert.Null(least.Dns01);
    }

    public static TheoryData<int> ReadmeSamples => [.. Enumerable.Range(0, Samples().Count)];

    [Theory]
    [MemberData(nameof(ReadmeSamples))]
    public void A_sample_in_README_loads(int number)
    {
        using var folder = new TemporaryFolder();
        var sample = ConfigurationDocument.Parse(ReadyIn(folder, Samples()[number]));

        // A fragment stands for what is added to the smallest configuration, the first sample.
        var whole = ConfigurationDocument.Parse(Samples()[0]);
        var section = sample["MatrixEdge"]?.AsObject() ?? [];
        foreach (var (key, value) in section)
            Add(whole["MatrixEdge"]!.AsObject(), key, value);
        if (sample["Serilog"] is { } serilog)
            whole["Serilog"] = JsonNode.Parse(serilog.ToJsonString().Replace("/var/log/", folder.File("log/"), StringComparison.Ordinal));
        var (settings, document) = UnderstoodConfiguration.Soundly(folder, section.ContainsKey("Sites") ? sample.ToJsonString() : whole.ToJsonString());

        Assert.Equal("example.com", settings.Sites[0].ServerName.ToString());
        using var log = Create(document);
    }

    [Fact]
    public void The_samples_for_logging_do_what_README_says()
    {
        using var folder = new TemporaryFolder();
        var silencing = Samples().Single(sample => sample.Contains("MatrixEdge.Access", StringComparison.Ordinal));
        var writing = Samples().Single(sample => sample.Contains("rollingInterval", StringComparison.Ordinal))
            .Replace("/var/log/matrixedge/", folder.File("log/"), StringComparison.Ordinal);

        using var silenced = Create(new ConfigurationDocument(null, ConfigurationDocument.Parse(silencing), false));
        using (var written = Create(new ConfigurationDocument(null, ConfigurationDocument.Parse(writing), false)))
            written.Events.Information("A line for the file");

        Assert.False(silenced.Events.ForContext("SourceContext", "MatrixEdge.Access").IsEnabled(LogEventLevel.Information));
        Assert.True(silenced.Events.ForContext("SourceContext", "MatrixEdge.Sites").IsEnabled(LogEventLevel.Information));
        Assert.Contains("A line for the file", File.ReadAllText(Assert.Single(Directory.GetFiles(folder.File("log")))), StringComparison.Ordinal);
    }

    [Fact]
    public void README_lists_every_key_that_is_known_and_no_other()
    {
        using var folder = new TemporaryFolder();
        var known = UnderstoodConfiguration.KnownKeys(folder, Ordering(SwitchedOff().Replace(Example, "$1")));

        var listed = KeyRows().Select(row => row.Key);

        Assert.Equal(
            known.Where(section => !section.Key.StartsWith(FallbackIssuer, StringComparison.Ordinal)).SelectMany(section => section.Value.Select(key => $"{section.Key}:{key}"))
                .Where(path => !known.ContainsKey(path) && (!known.ContainsKey(path + ":0") || path + ":0" == FallbackIssuer) && !NotYet.Contains(path.Split(':')[^1]))
                .Select(path => path["MatrixEdge:".Length..].Replace(":0", "[]", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            listed.Order(StringComparer.Ordinal));
        Assert.All(NotYet, key => Assert.Contains(key, Readme, StringComparison.Ordinal));
    }

    [Fact]
    public void README_names_the_defaults_of_the_listeners()
    {
        using var folder = new TemporaryFolder();
        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Example);

        var listed = KeyRows().Where(row => row.Key.StartsWith("Listen:", StringComparison.Ordinal)).ToDictionary(row => row.Key["Listen:".Length..], row => row.Default);

        var listen = settings.Listen;
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["Http"] = $"`\"{listen.Http}\"`",
                ["Https"] = $"`\"{listen.Https}\"`",
                ["Federation"] = $"`\"{listen.Federation}\"`",
                ["Admin"] = $"`\"{listen.Admin}\"`",
                ["ProxyProtocol"] = "none",
                ["DrainFor"] = string.Create(CultureInfo.InvariantCulture, $"`\"{listen.DrainFor:c}\"`"),
            },
            listed);
    }

    [Theory]
    [InlineData(nameof(HomeserverKind.Synapse))]
    [InlineData(nameof(HomeserverKind.Dendrite))]
    [InlineData(nameof(HomeserverKind.Conduit))]
    [InlineData(nameof(HomeserverKind.Conduwuit))]
    [InlineData(nameof(HomeserverKind.Continuwuity))]
    [InlineData(nameof(HomeserverKind.Tuwunel))]
    public void README_lists_the_public_paths_of_each_kind(string kind)
    {
        var row = Assert.Single(Readme.Split('\n'), line => line.StartsWith('|') && line.Split('|')[1].Contains($"`{kind}`", StringComparison.Ordinal));

        Assert.Equal(
            PublicPaths.Of(Enum.Parse<HomeserverKind>(kind)).Order(StringComparer.Ordinal),
            row.Split('|')[2].Trim().Split(' ').Select(path => path.Trim('`')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void README_lists_what_is_never_public() =>
        Assert.All(HomeserverSettings.PrivatePaths, path => Assert.Contains($"`{path}`", Readme, StringComparison.Ordinal));

    private static ProgramLog Create(ConfigurationDocument document)
    {
        var problems = new Problems();
        var log = Logging.Create(document, isTerminal: false, problems);
        Assert.Empty(problems.Found);
        return log!;
    }

    private static string Report(EdgeSettings settings)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        CheckReport.Write(writer, settings, bundle: null, []);
        return writer.ToString();
    }

    /// <summary>What a configuration that orders certificates comes to, without a problem; the files that it names are made.</summary>
    private static EdgeSettings Load(string json)
    {
        using var folder = new TemporaryFolder();
        var (settings, _, problems) = UnderstoodConfiguration.Of(folder, ReadyIn(folder, Ordering(json)));
        Assert.Equal("", string.Join('\n', problems.Found));
        return settings!;
    }

    // Makes what a sample names, and lets its hooks be programs of this folder.
    private static string ReadyIn(TemporaryFolder folder, string json)
    {
        Directory.CreateDirectory(folder.File("tls"));
        Directory.CreateDirectory(folder.File("ca"));
        foreach (var files in new[] { "site", "element" })
        {
            Directory.CreateDirectory(folder.File(files));
            File.WriteAllText(folder.File(files + "/index.html"), "");
        }

        File.WriteAllText(folder.File("tls/fullchain.pem"), "");
        File.WriteAllText(folder.File("tls/privkey.pem"), "");
        File.WriteAllText(folder.File("ca/root.pem"), new TestAuthority().Root.ExportCertificatePem());
        File.WriteAllText(folder.File("account.key"), AcmeKey.Create().ToPem());
        File.WriteAllText(folder.File("eab.key"), "a2V5LWFzLXRoZS1hdXRob3JpdHktc2hvd3MtaXQ\n");
        File.WriteAllText(folder.File("tsig.key"), "key \"matrixedge\" {\n\talgorithm hmac-sha256;\n\tsecret \"c2VjcmV0\";\n};\n");
        File.SetUnixFileMode(folder.File("tsig.key"), UnixFileMode.UserRead);
        File.WriteAllText(folder.File("telemetry.headers"), "Authorization: Bearer secret\n");
        foreach (Match hook in Hook().Matches(json))
        {
            File.WriteAllText(folder.File(hook.Groups[1].Value), "#!/bin/sh\n");
            File.SetUnixFileMode(folder.File(hook.Groups[1].Value), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return Hook().Replace(json, match => folder.File(match.Groups[1].Value)).Replace("\"/srv/", $"\"{folder.Path}/", StringComparison.Ordinal);
    }

    private static string Ordering(string json) => json.Replace("\"Source\": \"Local\"", "\"Source\": \"Acme\"", StringComparison.Ordinal);

    // What a fragment says of a section is added to what is there; how certificates come is said as a whole where it is another way.
    private static void Add(JsonObject whole, string key, JsonNode? value)
    {
        if (value is JsonObject section && !section.ContainsKey("Source") && whole[key] is JsonObject there)
        {
            foreach (var (name, inner) in section)
                there[name] = inner?.DeepClone();
        }
        else
        {
            whole[key] = value?.DeepClone();
        }
    }

    private static JsonObject At(JsonObject root, string path) =>
        path.Split(':').Aggregate((JsonNode)root, (node, step) =>
            int.TryParse(step, CultureInfo.InvariantCulture, out var index) ? node[index]! : node[step]!).AsObject();

    private static List<string> Samples() => [.. Fence().Matches(Readme).Select(match => match.Groups[1].Value)];

    private static IEnumerable<(string Key, string Default)> KeyRows() =>
        KeyRow().Matches(Readme).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    // What is switched off: slashes, perhaps "or", and without a space JSON.
    [GeneratedRegex(@"^(\s*)//(?:or )?(?=[""{}\]])", RegexOptions.Multiline)]
    private static partial Regex SwitchedOff();

    // Lines that are switched off, and those that can be used in their place.
    [GeneratedRegex(@"((?:^ *//[""].*\n)+)((?:^ *//or "".*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Alternatives();

    // Programs that samples name.
    [GeneratedRegex(@"/usr/local/s?bin/([\w-]+)")]
    private static partial Regex Hook();

    [GeneratedRegex(@"^```jsonc\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    // | `Sites[]:Homeserver:PublicPaths[]` | meaning | default |
    [GeneratedRegex(@"^\| `((?:Listen|Certificate|Store|TrustedProxies|ClientAddressHeader|StrictTransportSecurity|Limits|Doctor|Telemetry|Sites)(?:(?:\[\](?=:))?:\w+)*)(?:\[\])?` \|[^|]*\| ([^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex KeyRow();
}
