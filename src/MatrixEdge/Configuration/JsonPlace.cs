using System.Text.Json;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A place in JSON that the operator wrote: what stands there, and its key, so that a problem can name both.</summary>
internal readonly record struct JsonPlace(JsonNode? Node, string Key, Problems Problems)
{
    /// <summary>The members of an object; nothing for anything else.</summary>
    public IEnumerable<(string Name, JsonPlace Place)> Members
    {
        get
        {
            var (node, key, problems) = this;
            return node is JsonObject members
                ? members.Select(member => (member.Key, new JsonPlace(member.Value, $"{key}:{member.Key}", problems)))
                : [];
        }
    }

    /// <summary>The items of a list; nothing for anything else.</summary>
    public IEnumerable<JsonPlace> Items
    {
        get
        {
            var (node, key, problems) = this;
            return node is JsonArray items ? items.Select((item, i) => new JsonPlace(item, $"{key}:{i}", problems)) : [];
        }
    }

    /// <summary>Finds a member of an object.</summary>
    public bool TryFind(string name, out JsonPlace place)
    {
        JsonNode? member = null;
        var found = Node is JsonObject members && members.TryGetPropertyValue(name, out member);
        place = new JsonPlace(member, $"{Key}:{name}", Problems);
        return found;
    }

    /// <summary>Finds a member of an object, and reports it as missing if it is not there.</summary>
    public bool Require(string name, string remedy, out JsonPlace place)
    {
        if (TryFind(name, out place))
            return true;

        Problems.Add(place.Key, null, remedy);
        return false;
    }

    public bool IsObject(string remedy) => Is(Node is JsonObject, remedy);

    public bool IsArray(string remedy) => Is(Node is JsonArray, remedy);

    public bool IsText(string remedy, out string text)
    {
        text = Node is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "";
        return Is(text.Length > 0, remedy);
    }

    /// <summary>Reports what stands here as a problem.</summary>
    public void Refuse(string remedy) => Problems.Add(Key, JsonText.Quote(Node), remedy);

    /// <summary>Says something about this place that does not stop the start.</summary>
    public void Note(string text) => Problems.Note($"{Key}: {text}");

    private bool Is(bool condition, string remedy)
    {
        if (!condition)
            Refuse(remedy);
        return condition;
    }
}
