using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>What software it is (Matrix server-server §Get homeserver version).</summary>
internal sealed class VersionCheck() : Check("version", "Software and version", Piece.Federation)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Federation.Looks.Where(look => look.Document is { Words: null }).Select(look => look.Version).OfType<Looking.HttpLook>().ToList();
        if (looks.Count == 0)
            return Skip("no homeserver answers other servers");

        var evidence = looks.Select(look => look.Words);
        foreach (var look in looks)
        {
            if (look.Status != 200 || JsonAnswer.FindFault(look.Body.Span, out var document) is not null
                || !document.TryGetProperty("server", out var server) || server.ValueKind != JsonValueKind.Object)
            {
                return Warn(
                    $"/_matrix/federation/v1/version at {look.EndPoint} is not answered as a homeserver does: {look.Failure?.Words ?? $"status {look.Status}"}",
                    "Only a part of /_matrix/ is passed on to the homeserver",
                    "Pass all of /_matrix/ on",
                    evidence);
            }

            if (look == looks[^1])
                return Ok($"{Text(server, "name") ?? "unnamed"} {Text(server, "version")}".TrimEnd(), evidence);
        }

        return Skip("nothing could be asked");
    }

    private static string? Text(JsonElement server, string name) =>
        server.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? JsonAnswer.Shorten(value.GetString()!) : null;
}
