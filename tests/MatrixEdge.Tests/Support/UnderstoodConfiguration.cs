using System.Text.Json.Nodes;
using MatrixEdge.Configuration;

namespace MatrixEdge.Tests.Support;

/// <summary>What the program makes of a configuration, as <c>check</c> would.</summary>
internal sealed record UnderstoodConfiguration(EdgeSettings? Settings, ConfigurationDocument? Document, Problems Problems)
{
    private const string Probe = "no-key-of-any-section";
    private const string Listing = "this key is not known here; known are ";

    public static UnderstoodConfiguration Of(TemporaryFolder folder, string json)
    {
        File.WriteAllText(folder.File("appsettings.json"), json);
        var problems = new Problems();
        var source = ConfigurationSource.Open(
            null, new ConfigurationEnvironment(new Dictionary<string, string>(), folder.Path, ["appsettings.json"]), problems);
        return new UnderstoodConfiguration(source is null ? null : EdgeSettings.Parse(source.Document, problems), source?.Document, problems);
    }

    /// <summary>Without a problem and without a note, or the test fails.</summary>
    public static (EdgeSettings Settings, ConfigurationDocument Document) Soundly(TemporaryFolder folder, string json)
    {
        var (settings, document, problems) = Of(folder, json);
        Assert.Equal("", string.Join('\n', problems.Found.Select(problem => problem.ToString()).Concat(problems.Notes)));
        return (settings!, document!);
    }

    /// <summary>
    /// The keys that are known in each section of a configuration, as operators learn them: by what is said of a key that is
    /// not. Sections are named as in <c>MatrixEdge:Sites:0:Homeserver</c>.
    /// </summary>
    public static IReadOnlyDictionary<string, string[]> KnownKeys(TemporaryFolder folder, string json)
    {
        var root = ConfigurationDocument.Parse(json);
        foreach (var section in Objects(root["MatrixEdge"]!).ToList())
            section[Probe] = true;

        return Of(folder, root.ToJsonString()).Problems.Found
            .Where(problem => problem.Key.EndsWith(":" + Probe, StringComparison.Ordinal) && problem.Remedy.StartsWith(Listing, StringComparison.Ordinal))
            .ToDictionary(problem => problem.Key[..^(Probe.Length + 1)], problem => problem.Remedy[Listing.Length..].Split(", "));
    }

    private static IEnumerable<JsonObject> Objects(JsonNode node) => node switch
    {
        JsonObject parent => parent.Select(pair => pair.Value).OfType<JsonNode>().SelectMany(Objects).Prepend(parent),
        JsonArray list => list.OfType<JsonNode>().SelectMany(Objects),
        _ => [],
    };
}
