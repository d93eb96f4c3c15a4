using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace MatrixEdge.Protocol;

/// <summary>
/// The gateway's own types as JSON, member by member: what it keeps, asks and answers. Not by generated code: that would put nothing
/// in place of a member that is missing in what an older version kept, where the type has a default.
/// </summary>
[UnconditionalSuppressMessage("Trimming", "IL2026", Justification =
    "The members that are looked up are of this assembly, which is published whole; the framework's collections that have to be looked up "
    + "are those of System.Collections.Immutable, which is, too (MatrixEdge.csproj).")]
internal static class JsonRecord
{
    public static string Write<T>(T value, JsonSerializerOptions? options = null) => JsonSerializer.Serialize(value, options);

    public static byte[] WriteBytes<T>(T value, JsonSerializerOptions? options = null) => JsonSerializer.SerializeToUtf8Bytes(value, options);

    /// <exception cref="JsonException">It is not what <see cref="Write"/> wrote.</exception>
    public static T? Read<T>(string json, JsonSerializerOptions? options = null) => JsonSerializer.Deserialize<T>(json, options);

    /// <exception cref="JsonException">It is not what <see cref="WriteBytes"/> wrote.</exception>
    public static T? Read<T>(ReadOnlySpan<byte> json, JsonSerializerOptions? options = null) => JsonSerializer.Deserialize<T>(json, options);
}
