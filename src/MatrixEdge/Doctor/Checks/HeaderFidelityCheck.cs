using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether what requests say of themselves arrives, and whose they are taken for.</summary>
internal sealed class HeaderFidelityCheck() : Check("header-fidelity", "Headers arrive unchanged", Piece.Echo)
{
    public override Finding Examine(Facts facts)
    {
        var echo = facts.Echo;
        if (echo.WhyNot is { } reason)
            return Skip(reason);

        var arrived = echo.Looks.Where(look => look.Arrived is not null).ToList();
        if (arrived.Count == 0)
            return Skip("nothing arrived");

        var evidence = arrived.Select(look => $"{look.Look.EndPoint}: Host {look.Find("Host")}, from {look.Arrived!.Peer}, taken for {look.Arrived.Client}, {look.Arrived.Scheme}{(look.Front is { } front ? $", by {front}" : "")}");
        if (arrived.FirstOrDefault(look => look.Find("Host") != look.Look.Request.Host && look.Find(":authority") != look.Look.Request.Host) is { } host)
        {
            return Fail(
                $"what comes by {host.Look.EndPoint} for {host.Look.Request.Host} arrives for {JsonAnswer.Shorten(host.Find("Host") ?? "nobody")}",
                $"{host.Front ?? "Something in front"} puts another Host in place of what was asked for",
                "Let it keep the Host (nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On)",
                evidence);
        }

        if (arrived.FirstOrDefault(look => look.Find("Authorization") != FactGathering.FaithfulAuthorization) is { } authorization)
        {
            return Fail(
                $"what comes by {authorization.Look.EndPoint} loses or changes the header Authorization: nobody is signed in, and no server is believed",
                $"{authorization.Front ?? "Something in front"} keeps the header for itself, as with a password of its own",
                "Let it pass Authorization on as it came, and demand no password for /_matrix/",
                evidence);
        }

        if (arrived.FirstOrDefault(look => look.Arrived!.Client == FactGathering.ForgedAddress) is { } forged)
        {
            return Fail(
                $"by {forged.Look.EndPoint} anybody can claim to come from any address (X-Forwarded-For): bans and limits by address are worth nothing",
                $"The address {forged.Arrived!.Peer} is among TrustedProxies, and passes on what strangers write into the header",
                "Let that proxy replace X-Forwarded-For (nginx: proxy_set_header X-Forwarded-For $remote_addr), or take it out of TrustedProxies",
                evidence);
        }

        return arrived.FirstOrDefault(look => look.Front is not null && look.Arrived!.Client == look.Arrived.Peer) is { } hidden
            ? Warn(
                $"{hidden.Front} stands in front at {hidden.Look.EndPoint}, and is not believed: everybody seems to come from {hidden.Arrived!.Peer}",
                "The proxy is not among MatrixEdge:TrustedProxies, so that limits by address hit everybody at once, and the homeserver shows one address for all",
                hidden.Front == "Cloudflare" ? "Write \"TrustedProxies\": [\"cloudflare\"]" : $"Write \"TrustedProxies\": [\"{hidden.Arrived.Peer}\"], if the proxy is yours",
                evidence)
            : Ok(arrived.Any(look => look.Front is not null) ? $"by way of {arrived.First(look => look.Front is not null).Front}, which is believed" : "nobody stands in front of the gateway", evidence);
    }
}
