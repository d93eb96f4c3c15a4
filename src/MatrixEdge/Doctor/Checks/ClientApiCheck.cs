using System.Text.Json;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the homeserver answers clients, at each address of where they are sent.</summary>
internal sealed class ClientApiCheck() : Check("client-api", "The homeserver answers clients", Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        var api = facts.ClientApi;
        var isKnown = facts.ClientDocument.Document is not null || facts.Own is not null;
        if (api.Host.Addresses.IsEmpty)
        {
            return isKnown
                ? Fail(
                    $"clients are sent to {api.BaseUrl.Host}, which has no address: {api.Host.Failure}",
                    "The base_url leads to a name that is not, or no longer, in DNS",
                    $"Add A and AAAA records for {api.BaseUrl.Host}, or correct the base_url")
                : Skip($"{api.BaseUrl.Host} has no address, and no document leads elsewhere");
        }

        var evidence = api.Versions.SelectMany(visit => visit.Hops).Select(hop => hop.Words);
        var bad = api.Versions.Select(visit => (Visit: visit, Fault: FindFault(visit))).Where(entry => entry.Fault is not null).ToList();
        if (bad.Count == 0 && api.Keys is { Status: 200 } keys && KeyDocument.Read(200, keys.Body.Span).ServerName is { } name && name != facts.Name.ToString() && isKnown)
        {
            return Fail(
                $"clients are sent to {api.BaseUrl.OriginalString}, where the homeserver of {JsonAnswer.Shorten(name)} answers, not that of {facts.Name}",
                "The base_url leads to another site, or the front passes its host on to another site's homeserver",
                $"Correct the base_url, or what /_matrix/ of {api.BaseUrl.Host} is passed on to",
                evidence.Append(keys.Words));
        }

        if (bad.Count == 0)
            return Ok($"{api.BaseUrl.OriginalString} answers, as {api.Origin} says", evidence);
        if (!isKnown)
            return Skip("nothing says where clients are to go", evidence);

        var (visit, fault) = bad[0];
        if (bad.Count < api.Versions.Length)
        {
            var address = visit.First.EndPoint.Address;
            return Fail(
                $"the homeserver answers clients at some addresses only: at {address}, {fault}",
                $"The {AddressWords.Record(address)} leads to another machine or to nowhere",
                $"Let {address} answer, too, or remove that {AddressWords.Record(address)}",
                evidence);
        }

        var (cause, remedy) = visit.Last switch
        {
            _ when visit.Fault is not null || visit.IsRedirected => ("The address in base_url redirects; clients expect the homeserver there itself", "Let base_url be the homeserver's own address"),
            { Failure.Fault: LookFault.Forbidden } => ("The base_url leads into somebody's inner network", "Let base_url lead to a public address"),
            { Failure: not null } => ("Nothing listens there, or a firewall or router does not let it in", $"Open port {api.BaseUrl.Port} of {api.BaseUrl.Host}, or correct the base_url"),
            _ when CertificateWords.FindFault(visit.Last) is not null => ("The certificate there is not the right one, or was not renewed", $"Serve a valid certificate for {api.BaseUrl.Host}"),
            { Status: 502 or 503 or 504 } => ("The web server in front answers, and the homeserver behind it is down or cannot be reached", "Start the homeserver, and check the address to which the front passes /_matrix/"),
            { Status: 404 } => ("Another web site answers at this address, or /_matrix/ is not passed on for this host", $"Pass /_matrix/ on to the homeserver for Host {api.BaseUrl.Host}, or correct the base_url"),
            _ => ("What answers there is no homeserver", "Correct the base_url, or what /_matrix/ is passed on to"),
        };
        return Fail($"no homeserver answers clients at {api.BaseUrl.OriginalString}: {fault}", cause, remedy, evidence);
    }

    private static string? FindFault(Visit visit)
    {
        if ((visit.Fault ?? visit.Last.Failure?.Words ?? CertificateWords.FindFault(visit.Last)) is { } fault)
            return fault;
        if (visit.IsRedirected)
            return $"it redirects to {JsonAnswer.Shorten(visit.Last.Request.Address)}";
        if (visit.Last.Status != 200)
            return $"the answer has the status {visit.Last.Status}";
        if (JsonAnswer.FindFault(visit.Last.Body.Span, out var document) is { } wrong)
            return wrong.Words;
        return document.TryGetProperty("versions", out var versions) && versions.ValueKind == JsonValueKind.Array ? null : "the answer has no versions";
    }
}
