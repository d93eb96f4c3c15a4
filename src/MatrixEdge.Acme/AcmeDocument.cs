using System.Globalization;
using System.Text.Json;

namespace MatrixEdge.Acme;

/// <summary>
/// A JSON object in an answer, read by name. What is there but of the wrong type is a failure that names the field; what nobody asks
/// for is passed over, and <c>null</c> is as good as nothing.
/// </summary>
internal readonly struct AcmeDocument
{
    private readonly AcmeAnswer answer;
    private readonly JsonElement json;
    private readonly string path;

    private AcmeDocument(AcmeAnswer answer, JsonElement json, string path)
    {
        this.answer = answer;
        this.json = json;
        this.path = path;
    }

    public JsonElement Json => json;

    /// <summary>Reads an answer. Whatever goes wrong with its JSON in <paramref name="read"/> becomes an <see cref="AcmeException"/>.</summary>
    public static T Read<T>(AcmeAnswer answer, Func<AcmeDocument, T> read)
    {
        try
        {
            using var document = JsonDocument.Parse(answer.Body);
            return read(new AcmeDocument(answer, document.RootElement, "").Object());
        }
        catch (JsonException exception)
        {
            var excerpt = Words.Of(answer.Body);
            throw answer.NotUnderstood(excerpt.Length == 0 ? "it is empty" : $"it is not JSON but \"{excerpt}\"", exception);
        }
        catch (InvalidOperationException exception)
        {
            throw answer.NotUnderstood("there is text in its JSON that is not Unicode", exception);
        }
    }

    public string Text(string name) => FindText(name) ?? throw Missing(name);

    public string? FindText(string name) => Find(name) is { } value ? value.Text() : null;

    public Uri Url(string name) => FindUrl(name) ?? throw Missing(name);

    public Uri? FindUrl(string name) => Find(name) is { } value ? value.Url() : null;

    public bool Flag(string name) => Find(name) is { } value && value.json.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw value.Wrong("true or false"),
    };

    public DateTimeOffset Time(string name) => FindTime(name) ?? throw Missing(name);

    public DateTimeOffset? FindTime(string name) => Find(name) is { } value ? value.Time() : null;

    public AcmeDocument Object(string name) => FindObject(name) ?? throw Missing(name);

    public AcmeDocument? FindObject(string name) => Find(name)?.Object();

    public IReadOnlyList<AcmeDocument> List(string name) => (Find(name) ?? throw Missing(name)).Items();

    public IReadOnlyList<AcmeDocument> FindList(string name) => Find(name)?.Items() ?? [];

    /// <summary>This very value as text.</summary>
    public string Text() => json.ValueKind == JsonValueKind.String ? json.GetString()! : throw Wrong("text");

    /// <summary>This very value as an address that requests may go to.</summary>
    public Uri Url() => ServerAddress.TryRead(Text(), answer.IsLocal, out var url) ? url : throw Wrong("an https address");

    /// <summary>This very value, which must be an object.</summary>
    public AcmeDocument Object() => json.ValueKind == JsonValueKind.Object ? this : throw Wrong("an object");

    /// <summary>The failure that this value is.</summary>
    /// <param name="expected">What should stand there.</param>
    public AcmeException Wrong(string expected)
    {
        var found = json.ValueKind switch
        {
            JsonValueKind.String => $"\"{Words.Clean(json.GetString()!, 100)}\"",
            JsonValueKind.Number => "a number",
            JsonValueKind.True or JsonValueKind.False => "true or false",
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => "null",
        };
        return answer.NotUnderstood(path.Length == 0 ? $"it should be {expected}, and is {found}" : $"its field \"{path}\" should be {expected}, and is {found}");
    }

    private AcmeDocument? Find(string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? new AcmeDocument(answer, value, path.Length == 0 ? name : $"{path}.{name}") : null;

    private List<AcmeDocument> Items()
    {
        if (json.ValueKind != JsonValueKind.Array)
            throw Wrong("a list");

        var items = new List<AcmeDocument>();
        foreach (var item in json.EnumerateArray())
            items.Add(new AcmeDocument(answer, item, $"{path}[{items.Count}]"));
        return items;
    }

    // RFC 3339 §5.6. The framework would take a time without zone for local time, and much else for a time.
    private DateTimeOffset Time()
    {
        var text = Text();
        return text.Length >= 20 && text[4] == '-' && text[10] is 'T' or 't' && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time
            : throw Wrong("a time like 2027-01-31T12:00:00Z");
    }

    private AcmeException Missing(string name) => answer.NotUnderstood($"its field \"{(path.Length == 0 ? name : $"{path}.{name}")}\" is missing");
}
