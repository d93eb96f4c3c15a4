using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MatrixEdge.Observability;

/// <summary>Writes addresses as people do: member by member they cannot be written, since those of IPv4 have no scope.</summary>
internal sealed class AddressConverter : JsonConverter<IPAddress>
{
    /// <exception cref="JsonException">It is no address.</exception>
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && IPAddress.TryParse(reader.GetString(), out var address) ? address : throw new JsonException("An address was expected, such as \"192.0.2.1\"");

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
