using System.Text;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether what is for administrators is closed to the world.</summary>
internal sealed class PrivatePathsCheck() : Check("private-paths", "Private paths are closed", Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.ClientApi.PrivatePaths.Where(look => look.IsAnswered).ToList();
        if (looks.Count == 0 || !facts.ClientApi.Versions.Any(visit => visit.Last.Status == 200))
            return Skip("no homeserver answers clients");

        var evidence = looks.Select(look => look.Words);
        if (looks.FirstOrDefault(IsOpen) is { } open)
        {
            return Fail(
                $"{open.Request.Target} is open to everybody",
                "All paths are passed on to the homeserver, and not the public ones alone",
                "Pass on /_matrix/ and /_synapse/client/ only (this gateway does so by itself)",
                evidence);
        }

        return looks.FirstOrDefault(look => look.Status is 401 or 403 or 400 or 405 && MatrixErrors.Read(look) is { } code && code != "M_UNRECOGNIZED") is { } asked
            ? Warn(
                $"{asked.Request.Target} can be reached by everybody, and only an administrator's token stands before it",
                "All paths are passed on to the homeserver, and not the public ones alone",
                "Pass on /_matrix/ and /_synapse/client/ only (this gateway does so by itself; see Expose for exceptions)",
                evidence)
            : Ok("administration and metrics cannot be reached", evidence);
    }

    private static bool IsOpen(HttpLook look)
    {
        if (look.Status != 200 || Delegation.JsonAnswer.LooksLikeHtml(look.Body.Span))
            return false;

        var text = Encoding.UTF8.GetString(look.Body.Span[..Math.Min(look.Body.Length, 4096)]);
        return look.Request.Target.EndsWith("metrics", StringComparison.Ordinal) ? text.Contains("# HELP", StringComparison.Ordinal) || text.Contains("# TYPE", StringComparison.Ordinal)
            : Delegation.JsonAnswer.FindFault(look.Body.Span, out var document) is null && (document.TryGetProperty("server_version", out _) || document.TryGetProperty("nonce", out _) || document.TryGetProperty("code", out _));
    }
}
