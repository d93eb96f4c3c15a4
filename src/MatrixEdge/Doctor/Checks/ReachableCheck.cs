using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether other servers can connect, at each address.</summary>
internal sealed class ReachableCheck() : Check("reachable", "Other servers can connect", Piece.Federation | Piece.Delegation)
{
    // What Cloudflare lets through with HTTPS.
    private static readonly int[] CloudflarePorts = [443, 2053, 2083, 2087, 2096, 8443];

    public override Finding Examine(Facts facts)
    {
        var looks = facts.Federation.Looks;
        if (looks.IsEmpty)
            return Skip("there is no address to connect to");

        var evidence = looks.Select(look => look.Keys.Words);
        var closed = looks.Where(look => IsClosed(look.Keys)).ToList();
        if (closed.Count == 0)
            return Ok($"other servers can connect to {string.Join(", ", looks.Select(look => look.EndPoint))}", evidence);

        var first = closed[0];
        var failure = first.Keys.Failure!;
        if (closed.Count < looks.Length)
        {
            var address = first.EndPoint.Address;
            return Fail(
                $"only some addresses can be connected to: {failure.Words}",
                $"The {AddressWords.Record(address)} with {address} leads to nowhere, or the homeserver's front does not listen on {AddressWords.Family(address)} there",
                $"Let {first.EndPoint} be answered (firewall, router, Listen), or remove the {AddressWords.Record(address)}",
                evidence);
        }

        return Fail($"other servers cannot connect: {failure.Words}", Cause(facts, first), Remedy(facts, first), evidence);
    }

    private static bool IsClosed(HttpLook look) => look.Failure?.Fault is LookFault.Refused or LookFault.ConnectTimedOut or LookFault.Unreachable or LookFault.Forbidden or LookFault.Tls;

    private static string Cause(Facts facts, FederationLook look)
    {
        var found = facts.Delegation.Found;
        if (look.Keys.Failure!.Fault == LookFault.Tls)
            return "What listens there does not speak TLS, or has no certificate for this name";
        if (look.Keys.Failure.Fault == LookFault.Forbidden)
            return "The document or the SRV record leads into somebody's inner network";
        if (IsCloudflare(look.EndPoint.Address) && !CloudflarePorts.Contains(look.EndPoint.Port))
            return $"The address is Cloudflare's, which does not pass port {look.EndPoint.Port} on";
        return found.Step switch
        {
            DiscoveryStep.DelegatedDefault => $"The document names {found.Delegated} without a port, so that {ServerDiscovery.DefaultPort} is taken, and that is closed",
            DiscoveryStep.DelegatedPort or DiscoveryStep.DelegatedAddress => $"The document leads to port {look.EndPoint.Port}, which is closed: nothing listens, or a firewall or router does not let it in",
            DiscoveryStep.Default => $"Without a document or an SRV record servers come to port {ServerDiscovery.DefaultPort} of {facts.Name.Host}, where nothing answers",
            _ when found.IsByService => "The SRV record is left over from before, or its port is closed",
            _ => "Nothing listens there, or a firewall or router does not let it in",
        };
    }

    private static string Remedy(Facts facts, FederationLook look)
    {
        var found = facts.Delegation.Found;
        if (look.Keys.Failure!.Fault == LookFault.Tls)
            return $"Let {look.EndPoint} speak HTTPS with a certificate for {found.CertificateName}";
        if (IsCloudflare(look.EndPoint.Address) && !CloudflarePorts.Contains(look.EndPoint.Port))
            return $"Announce port 443 ({{\"m.server\": \"{found.CertificateName}:443\"}}; here \"FederationPort\": 443), or let the name lead to the host itself (DNS only)";
        return found.IsByService
            ? "Remove the SRV record or let it lead to the homeserver; a document for servers is the better way"
            : $"Open port {look.EndPoint.Port} there (firewall, router, Listen), or announce the port that is open by {{\"m.server\": \"{found.CertificateName}:443\"}} at https://{facts.Name.Host}/.well-known/matrix/server";
    }

    private static bool IsCloudflare(IPAddress address) => CloudflareNetworks.Shipped.All.Any(network => network.Contains(address));
}
