using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>Where metrics are sent by OpenTelemetry's protocol, for those who do not collect them from the admin listener.</summary>
/// <param name="Endpoint">The collector; with HTTP, the whole address that is posted to.</param>
/// <param name="Headers">Sent with each message, as by which a service knows its customers: secret.</param>
/// <param name="Interval">Between two messages; from one second to one hour.</param>
internal sealed record TelemetrySettings(Uri Endpoint, TelemetryProtocol Protocol, ImmutableSortedDictionary<string, string> Headers, TimeSpan Interval)
{
    // RFC 9110 §5.6.2, as header names are written.
    private const string NameLetters = "!#$%&'*+-.^_`|~";

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>All of it, secrets included: for comparing.</summary>
    public string Text => $"{Endpoint} {Protocol} {Interval} {string.Join('\n', Headers)}";

    /// <summary>Null when nothing is to be sent, or the section is wrong (told). Headers never stand in a problem.</summary>
    /// <param name="folder">Where relative paths start.</param>
    public static TelemetrySettings? Parse(SettingsSection section, string folder)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var protocol = section.Choice("Protocol", TelemetryProtocol.Http);
        var endpoint = ParseEndpoint(section, protocol);
        var headers = ParseHeaders(section, folder);
        var interval = section.Duration("Interval");
        if (interval is { } asked && (asked < Shortest || asked > Longest))
            section.Report("Interval", "must be between one second and one hour");
        section.RejectUnknownKeys(showValues: false);
        return endpoint is null || protocol is not { } known ? null : new TelemetrySettings(endpoint, known, headers, interval ?? TimeSpan.FromMinutes(1));
    }

    private static Uri? ParseEndpoint(SettingsSection section, TelemetryProtocol? protocol)
    {
        var text = section.Text("Endpoint");
        if (string.IsNullOrWhiteSpace(text))
        {
            if (section.Raw("Endpoint") is null or JsonValue)
                section.Problems.Add(section.Key("Endpoint"), null, "give the address of the collector, for example \"http://127.0.0.1:4318\"; without one, leave the section out");
            return null;
        }

        if (!WebAddress.TryParse(text.Trim(), out var address, out var problem))
        {
            section.Report("Endpoint", problem);
            return null;
        }

        if (address.PathAndQuery != "/")
        {
            if (protocol == TelemetryProtocol.Grpc)
                section.Report("Endpoint", "gRPC knows no path; give scheme, host and port alone");
            return address;
        }

        // OTLP/HTTP §Request: the path of metrics, where nothing else is said.
        return protocol == TelemetryProtocol.Grpc ? address : new Uri(address, "/v1/metrics");
    }

    private static ImmutableSortedDictionary<string, string> ParseHeaders(SettingsSection section, string folder)
    {
        var headers = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        switch (section.Raw("Headers"))
        {
            case null:
                break;
            case JsonObject written:
                foreach (var (name, value) in written)
                    Add(section, headers, $"{section.Key("Headers")}:{name}", name, value is JsonValue text && text.TryGetValue<string>(out var content) ? content : null);
                break;
            default:
                section.Problems.Add(section.Key("Headers"), null, "must be an object, { \"Authorization\": \"Bearer …\" }");
                break;
        }

        foreach (var line in Lines(section, folder))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            Add(section, headers, section.Key("HeadersFile"), colon < 0 ? "" : line[..colon].Trim(), colon < 0 ? null : line[(colon + 1)..].Trim());
        }

        return headers.ToImmutable();
    }

    private static string[] Lines(SettingsSection section, string folder)
    {
        if (section.FilePath("HeadersFile", folder) is not { } path)
            return [];

        if (ReadableFile.FindObstacle(path) is { } obstacle)
        {
            section.Report("HeadersFile", $"{obstacle}; give a file with a header on each line, \"Authorization: Bearer …\"");
            return [];
        }

        return [.. File.ReadAllLines(path).Select(line => line.Trim()).Where(line => line.Length > 0)];
    }

    private static void Add(SettingsSection section, ImmutableSortedDictionary<string, string>.Builder headers, string key, string name, string? value)
    {
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || NameLetters.Contains(letter, StringComparison.Ordinal)))
            section.Problems.Add(key, null, "a header has a name of letters, digits and hyphens, and a value behind it, as in \"Authorization: Bearer …\"");
        else if (string.IsNullOrEmpty(value) || !value.All(letter => letter is >= ' ' and <= '~'))
            section.Problems.Add(key, null, $"the value of {name} must be a text of visible ASCII characters");
        else
            headers[name] = value;
    }
}
