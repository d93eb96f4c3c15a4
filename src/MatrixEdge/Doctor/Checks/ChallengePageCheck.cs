using System.Text;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether something in front wants to see a person, where only programs come.</summary>
internal sealed class ChallengePageCheck() : Check("challenge-page", "No challenge pages", Piece.Delegation | Piece.Federation | Piece.ClientApi)
{
    public override Observability.Finding Examine(Facts facts)
    {
        var looks = facts.Delegation.Documents.SelectMany(look => look.Visit.Hops)
            .Concat(facts.Federation.Looks.SelectMany(look => new[] { look.Keys, look.Version, look.Unknown }))
            .Concat(facts.ClientDocument.Documents.SelectMany(look => look.Visit.Hops))
            .Concat(facts.ClientApi.Versions.SelectMany(visit => visit.Hops))
            .Append(facts.ClientApi.Login)
            .OfType<HttpLook>().Where(look => look.IsAnswered).ToList();
        if (looks.Count == 0)
            return Skip("nothing answered");

        var challenged = looks.Where(IsChallenge).ToList();
        return challenged.Count == 0
            ? Ok("no answer asks for a browser or a person")
            : Fail(
                $"{challenged[0].Request.Address} answers with a page that wants to see a person ({challenged[0].Status}); other servers and most clients cannot pass it",
                "A protection against bots stands in front (at Cloudflare: Bot Fight Mode, Under Attack Mode, a WAF rule)",
                "Make an exception for the paths /_matrix/ and /.well-known/matrix/ there; at Cloudflare a WAF rule with the action Skip, and Bot Fight Mode off",
                challenged.Select(look => look.Words));
    }

    private static bool IsChallenge(HttpLook look)
    {
        if (look.Header("cf-mitigated") is not null)
            return true;
        if (look.Status is not (401 or 403 or 429 or 503) || !Delegation.JsonAnswer.LooksLikeHtml(look.Body.Span))
            return false;

        var page = Encoding.UTF8.GetString(look.Body.Span);
        return page.Contains("challenge-platform", StringComparison.OrdinalIgnoreCase) || page.Contains("Just a moment", StringComparison.OrdinalIgnoreCase)
            || page.Contains("captcha", StringComparison.OrdinalIgnoreCase) || page.Contains("Attention Required", StringComparison.OrdinalIgnoreCase)
            || page.Contains("enable JavaScript and cookies", StringComparison.OrdinalIgnoreCase);
    }
}
