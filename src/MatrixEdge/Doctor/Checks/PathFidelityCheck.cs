using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>
/// Whether paths arrive as they were sent. Signatures of other servers cover every byte of them (Matrix server-server §Request
/// Authentication): who decodes one character in front breaks federation with all rooms and aliases that have it.
/// </summary>
internal sealed class PathFidelityCheck() : Check("path-fidelity", "Paths arrive unchanged", Piece.Echo)
{
    public override Finding Examine(Facts facts)
    {
        var echo = facts.Echo;
        if (echo.WhyNot is { } reason)
            return Skip(reason);
        if (echo.Looks.IsEmpty)
            return Skip("nothing could be asked");

        var evidence = echo.Looks.SelectMany(look => look.Arrived is { } arrived && arrived.Target != look.Look.Request.Target
            ? new[] { $"{look.Look.EndPoint}: sent {Path(look.Look.Request.Target)}", $"{look.Look.EndPoint}: arrived {JsonAnswer.Shorten(Path(arrived.Target))}" }
            : [$"{look.Look.EndPoint}: {(look.Arrived is null ? look.Look.Failure?.Words ?? $"answered with {look.Look.Status}" : "arrived as it was sent")}"]).ToList();
        if (echo.Looks.FirstOrDefault(look => look.Arrived is { } arrived && arrived.Target != look.Look.Request.Target) is { } changed)
        {
            var (sent, arrived) = Difference(Path(changed.Look.Request.Target), Path(changed.Arrived!.Target));
            return Fail(
                $"what comes by {changed.Look.EndPoint} is changed in front of the gateway: {sent} arrives as {JsonAnswer.Shorten(arrived)}; the signatures of other servers no longer fit (401)",
                $"{changed.Front ?? "Something in front"} reads paths and writes them anew (nginx: a path behind the address in proxy_pass; Apache: without nocanon; a firewall for web applications)",
                "Let it pass the path on as it came (nginx: proxy_pass http://address; without anything behind), or let the port lead to the gateway itself",
                evidence);
        }

        return echo.Looks.FirstOrDefault(look => look.Arrived is null) is { } lost
            ? Warn(
                $"a request by {lost.Look.EndPoint} does not arrive at this gateway: {lost.Look.Failure?.Words ?? $"it is answered with {lost.Look.Status}"}",
                "Another program or machine answers there, or something in front refuses encoded characters in paths (%2F, %25)",
                "Let the address and port lead here, and allow encoded characters there (Traefik: encodedCharacters)",
                evidence)
            : Ok($"byte by byte, by {string.Join(", ", echo.Looks.Select(look => look.Look.EndPoint).Distinct())}", evidence);
    }

    // Without the secret.
    private static string Path(string target)
    {
        var end = target.StartsWith(Sites.Echo.Prefix, StringComparison.Ordinal) ? target.IndexOf('/', Sites.Echo.Prefix.Length) : -1;
        return end < 0 ? target : target[end..];
    }

    // The first segment that differs.
    private static (string Sent, string Arrived) Difference(string sent, string arrived)
    {
        var (a, b) = (sent.Split('/', '?', '&'), arrived.Split('/', '?', '&'));
        for (var i = 0; i < a.Length; i++)
        {
            if (i >= b.Length || a[i] != b[i])
                return (a[i], i < b.Length ? b[i] : "nothing");
        }

        return (sent, arrived);
    }
}
