using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether there is a way to sign in: the old one, the new one, or both.</summary>
internal sealed class SignInCheck() : Check("sign-in", "People can sign in", Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        var (login, metadata) = (facts.ClientApi.Login, facts.ClientApi.AuthMetadata);
        if (login is not { IsAnswered: true } || metadata is null || !facts.ClientApi.Versions.Any(visit => visit.Last.Status == 200))
            return Skip("no homeserver answers clients");

        var hasOld = login.Status == 200 && JsonAnswer.FindFault(login.Body.Span, out var flows) is null && flows.TryGetProperty("flows", out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0;
        var hasNew = metadata.Status == 200 && JsonAnswer.FindFault(metadata.Body.Span, out var issuer) is null && issuer.TryGetProperty("issuer", out _);
        string[] evidence = [login.Words, metadata.Words];
        if (hasOld || hasNew)
            return Ok(hasOld && hasNew ? "by the homeserver and by an authentication service" : hasNew ? "by an authentication service" : "by the homeserver", evidence);

        return login.Status is >= 500
            ? Fail($"/login is answered with {login.Status}", "The authentication service, or what answers for it, is down", "Start it, and check the address to which /_matrix/client/…/login is passed on", evidence)
            : Fail(
                $"there is no way to sign in: /login is answered with {login.Status}, and there is no auth_metadata ({metadata.Status})",
                "An authentication service was switched on in the homeserver, and its paths are not passed on to it",
                "Pass /_matrix/client/*/login, logout and refresh on to the authentication service (here: AuthenticationService)", evidence);
    }
}
