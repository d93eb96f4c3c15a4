using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether clients in browsers may talk to the homeserver (Matrix client-server §Web Browser Clients).</summary>
internal sealed class ClientCorsCheck() : Check("client-cors", "Browsers may ask the homeserver", Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        var api = facts.ClientApi;
        var looks = api.Versions.Select(visit => visit.Last).Append(api.Preflight).Append(api.Unknown).OfType<HttpLook>().Where(look => look.IsAnswered).ToList();
        if (!api.Versions.Any(visit => visit.Last.Status == 200))
            return Skip("no homeserver answers clients");

        var evidence = looks.Select(look => $"{look.Words}, Access-Control-Allow-Origin: {Delegation.JsonAnswer.Shorten(string.Join(" and ", look.All("Access-Control-Allow-Origin")) is { Length: > 0 } value ? value : "(none)")}");
        if (looks.FirstOrDefault(look => CorsWords.FindFault(look) is not null) is { } bad)
        {
            return Fail(
                $"clients in browsers are shut out: in the answer to {bad.Request.Method} {bad.Request.Target}, {CorsWords.FindFault(bad)}",
                CorsWords.IsDoubled(bad) ? "The homeserver adds the header, and the front adds it once more" : bad.Request.Method == HttpMethod.Options ? "The front answers OPTIONS itself, or refuses it" : "The front answers in the homeserver's place, or takes the header away",
                CorsWords.IsDoubled(bad) ? "Add no CORS headers to what the homeserver says" : "Pass every method of /_matrix/ on to the homeserver, and its headers back as they are",
                evidence);
        }

        if (api.Preflight is { IsAnswered: true, Status: not (>= 200 and < 300) } refused)
        {
            return Fail(
                $"the question of browsers before they ask (OPTIONS) is answered with {refused.Status}, so that they do not ask at all",
                "The front refuses the method OPTIONS, or demands a password for it", "Pass OPTIONS on to the homeserver, without a password", evidence);
        }

        var allowed = api.Preflight?.Header("Access-Control-Allow-Headers");
        return api.Preflight is { IsAnswered: true } && allowed?.Contains("Authorization", StringComparison.OrdinalIgnoreCase) != true && allowed?.Trim() != "*"
            ? Fail(
                "browsers may not send Authorization, without which nobody is signed in", "The front answers OPTIONS itself, with a list of headers that is too short",
                "Pass OPTIONS on to the homeserver, or allow X-Requested-With, Content-Type, Authorization", evidence)
            : Ok("pages of every site may ask", evidence);
    }
}
