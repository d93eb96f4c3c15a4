using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>An answer on its way through a <see cref="FaultProxy"/>, whose rules may change it.</summary>
internal sealed class ProxiedAnswer
{
    public int Status { get; set; } = 200;

    public Dictionary<string, StringValues> Headers { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    public byte[] Body { get; set; } = [];

    public string Text
    {
        get => Encoding.UTF8.GetString(Body);
        set => Body = Encoding.UTF8.GetBytes(value);
    }

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public ProxiedAnswer Copy() => new() { Status = Status, Headers = new(Headers, StringComparer.OrdinalIgnoreCase), Body = Body };
}
