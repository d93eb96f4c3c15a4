using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>A request that came to a <see cref="FaultProxy"/>, and what became of it.</summary>
internal sealed class SeenRequest
{
    public required AcmeRequest Kind { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query.</summary>
    public required string Path { get; init; }

    /// <summary>When it had come in whole, by the real clock.</summary>
    public required DateTimeOffset At { get; init; }

    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    /// <summary>The protected header of the JWS; null when there is none.</summary>
    public JsonElement? Protected { get; init; }

    /// <summary>What was signed; null when that is empty (POST-as-GET) or there is no JWS.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>What the certificate authority answered, before any change; null while it did not, or was not asked.</summary>
    public ProxiedAnswer? Authoritys { get; internal set; }

    /// <summary>The status that the client was sent; null while it was not, or when the connection was dropped instead.</summary>
    public int? Status { get; internal set; }

    /// <summary>Whether the certificate authority did as it was asked, whatever the client got to know of it.</summary>
    public bool IsDone => Authoritys is { Status: >= 200 and < 300 };

    public override string ToString() =>
        $"{Method} {Path} ({Kind}): {(Authoritys is null ? "not asked" : Authoritys.Status)} -> {Status?.ToString() ?? "dropped"}";
}
