using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
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
    private static readonly string[] NotYet =
    [
        "AcceptTermsOfService", "EmailAddress", "UseStagingServer", "DirectoryUri", "TrustedRoots", "ChallengeTypes", "Profile",
        "KeyAlgorithm", "PreferredChain", "ExternalAccountBinding", "FallbackIssuers", "PostgreSql", "Website",
    ];

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
        var everything = SwitchedOff().Replace(Example, "$1");

        var known = UnderstoodConfiguration.KnownKeys(folder, everything);

        Assert.Contains("MatrixEdge:Sites:0:Homeserver", known.Keys);
        Assert.All(known, section => Assert.Equal(
            section.Value.Except(NotYet).Order(StringComparer.Ordinal),
            At(ConfigurationDocument.Parse(everything), section.Key).Select(pair => pair.Key).Order(StringComparer.Ordinal)));
        Assert.Equal(NotYet.Order(StringComparer.Ordinal), known.Values.SelectMany(keys => keys).Intersect(NotYet).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_example_loads_with_everything_switched_on()
    {
        using var folder = new TemporaryFolder();

        var (settings, _, problems) = UnderstoodConfiguration.Of(folder, SwitchedOff().Replace(Example, "$1"));

        Assert.Empty(problems.Found);
        Assert.Equal("matrix.example.com:443", (string?)settings!.Sites[0].WellKnown.Server!["m.server"]);
        Assert.NotNull(settings.Sites[0].WellKnown.Client);
        Assert.NotNull(settings.Sites[0].WellKnown.Support);
        Assert.EndsWith("/tls/fullchain.pem", settings.Certificate.CertificatePath, StringComparison.Ordinal);
    }

    public static TheoryData<int> ReadmeSamples => [.. Enumerable.Range(0, Samples().Count)];

    [Theory]
    [MemberData(nameof(ReadmeSamples))]
    public void A_sample_in_README_loads(int number)
    {
        using var folder = new TemporaryFolder();
        var sample = ConfigurationDocument.Parse(Samples()[number]);
        Directory.CreateDirectory(folder.File("tls"));
        File.WriteAllText(folder.File("tls/fullchain.pem"), "");
        File.WriteAllText(folder.File("tls/privkey.pem"), "");

        // A fragment stands for what is added to the smallest configuration, the first sample.
        var whole = ConfigurationDocument.Parse(Samples()[0]);
        var section = sample["MatrixEdge"]?.AsObject() ?? [];
        foreach (var (key, value) in section)
            whole["MatrixEdge"]![key] = value?.DeepClone();
        if (sample["Serilog"] is { } serilog)
            whole["Serilog"] = JsonNode.Parse(serilog.ToJsonString().Replace("/var/log/", folder.File("log/"), StringComparison.Ordinal));
        var (settings, document) = UnderstoodConfiguration.Soundly(folder, section.ContainsKey("Sites") ? sample.ToJsonString() : whole.ToJsonString());

        Assert.Equal("example.com", Assert.Single(settings.Sites).ServerName.ToString());
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
            written.Information("A line for the file");

        Assert.False(silenced.ForContext("SourceContext", "MatrixEdge.Access").IsEnabled(LogEventLevel.Information));
        Assert.True(silenced.ForContext("SourceContext", "MatrixEdge.Sites").IsEnabled(LogEventLevel.Information));
        Assert.Contains("A line for the file", File.ReadAllText(Assert.Single(Directory.GetFiles(folder.File("log")))), StringComparison.Ordinal);
    }

    [Fact]
    public void README_lists_every_key_that_is_known_and_no_other()
    {
        using var folder = new TemporaryFolder();
        var known = UnderstoodConfiguration.KnownKeys(folder, SwitchedOff().Replace(Example, "$1"));

        var listed = KeyRows().Select(row => row.Key);

        Assert.Equal(
            known.SelectMany(section => section.Value.Select(key => $"{section.Key}:{key}"))
                .Where(path => !known.ContainsKey(path) && !known.ContainsKey(path + ":0") && !NotYet.Contains(path.Split(':')[^1]))
                .Select(path => path["MatrixEdge:".Length..].Replace("Sites:0", "Sites[]", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
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

    private static Serilog.Core.Logger Create(ConfigurationDocument document)
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

    private static JsonObject At(JsonObject root, string path) =>
        path.Split(':').Aggregate((JsonNode)root, (node, step) =>
            int.TryParse(step, CultureInfo.InvariantCulture, out var index) ? node[index]! : node[step]!).AsObject();

    private static List<string> Samples() => [.. Fence().Matches(Readme).Select(match => match.Groups[1].Value)];

    private static IEnumerable<(string Key, string Default)> KeyRows() =>
        KeyRow().Matches(Readme).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    // A key that is switched off: slashes and, without a space, its quotation mark.
    [GeneratedRegex(@"^(\s*)//(?="")", RegexOptions.Multiline)]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"^```jsonc\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    // | `Sites[]:Homeserver:PublicPaths[]` | meaning | default |
    [GeneratedRegex(@"^\| `((?:Listen|Certificate|Store|TrustedProxies|Sites)(?:\[\](?=:))?(?::\w+)*)(?:\[\])?` \|[^|]*\| ([^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex KeyRow();
}
