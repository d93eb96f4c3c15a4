using System.Text;
using System.Text.Json;
using MatrixEdge.Protocol;

namespace MatrixEdge.Delegation;

/// <summary>What another server makes of an answer to <c>/.well-known/matrix/server</c> (Matrix server-server §2.1).</summary>
/// <param name="Delegated">Where it goes on; null when the answer does not count, and it looks for SRV records instead.</param>
/// <param name="Words">What is wrong, without a final dot; null when nothing is.</param>
internal sealed record ServerDocument(ServerName? Delegated, DocumentFault Fault, string? Words)
{
    /// <summary>In bytes: what Synapse and Dendrite read.</summary>
    public const int Longest = 50 * 1024;

    public static ServerDocument Read(int status, ReadOnlySpan<byte> body)
    {
        if (status != 200)
            return status == 404 ? Refuse(DocumentFault.NotFound, "there is none (404)") : Refuse(DocumentFault.Status, $"the answer has the status {status}");
        if (body.Length > Longest)
            return Refuse(DocumentFault.TooLong, $"it is longer than {Longest / 1024} KiB, which is all that other servers read");
        if (JsonAnswer.FindFault(body, out var document) is { } fault)
            return Refuse(fault.Fault, fault.Words);

        if (!document.TryGetProperty("m.server", out var server))
        {
            return document.TryGetProperty("m.homeserver", out _)
                ? Refuse(DocumentFault.OtherDocument, "it is the document for clients (m.homeserver), and lacks m.server")
                : Refuse(DocumentFault.Missing, "it has no m.server");
        }

        if (server.ValueKind != JsonValueKind.String)
            return Refuse(DocumentFault.WrongType, $"m.server is {JsonAnswer.Kind(server)} and must be a text such as \"matrix.example.org:443\"");
        var text = server.GetString()!;
        if (!Ascii.IsValid(text))
            return Refuse(DocumentFault.BadValue, "m.server has characters outside ASCII");
        return ServerName.TryParse(text, out var name, out var problem)
            ? new ServerDocument(name, DocumentFault.None, null)
            : Refuse(DocumentFault.BadValue, $"m.server is {JsonText.Quote(JsonAnswer.Shorten(text))}: {problem}");
    }

    private static ServerDocument Refuse(DocumentFault fault, string words) => new(null, fault, words);
}
