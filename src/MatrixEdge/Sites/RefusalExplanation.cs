using System.Globalization;

namespace MatrixEdge.Sites;

/// <summary>
/// Names the likely cause why another server's request was not served, from what the gateway can see of it. It looks at the words
/// of Synapse, Dendrite and the Conduit family; for what they do not say it says no more than is known.
/// </summary>
internal static class RefusalExplanation
{
    // Keys are valid for days, documents for hours: less than this makes no difference to any of them.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    private static readonly string[] OfDestinations = ["Destination mismatch", "Invalid destination", "for Destination"];
    private static readonly string[] OfKeys = ["Failed to find any key", "Failed to fetch signing keys", "has been banned by this server"];
    private static readonly string[] OfSignatures = ["Invalid signature", "Invalid request signature", "verify X-Matrix signature", "Invalid X-Matrix signature", "Not signed by"];
    private static readonly string[] OfPermissions = ["Federation denied with", "Federation requests from", "Federation is disabled"];

    /// <summary>The likely cause; null when this is what happens between servers that understand each other, as when one may not see a room.</summary>
    public static Refusal? Of(RefusalFacts facts) => facts.Status switch
    {
        StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden when facts.Misdirected is { } words => new(RefusalCause.Destination, words),
        StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => OfWords(facts),
        StatusCodes.Status429TooManyRequests => OfLimits(facts),
        >= StatusCodes.Status500InternalServerError => OfFailure(facts),
        _ => null,
    };

    private static Refusal? OfWords(RefusalFacts facts)
    {
        if (Says(facts, OfPermissions))
            return new(RefusalCause.Permission, $"The homeserver is told not to speak with {facts.Origin}: see federation_domain_whitelist in Synapse, forbidden_remote_server_names or allow_federation in the Conduit family");
        if (Says(facts, OfDestinations))
            return new(RefusalCause.Destination, "The homeserver has another name than this site: compare its server_name with MatrixEdge:Sites:…:ServerName, letter by letter");
        if (Says(facts, OfKeys))
            return OfClock(facts) ?? new(RefusalCause.Key, $"The homeserver could get no key of {facts.Origin} that fits: it cannot reach {facts.Origin}, or what is there does not have that key (any more). From the homeserver's host, run: matrixedge doctor {facts.Origin}");
        if (Says(facts, OfSignatures))
            return OfSignature(facts);

        // 403 is said to servers that are believed, too: to one that is not in a room, for example.
        return facts.Status == StatusCodes.Status401Unauthorized
            ? OfClock(facts) ?? OfPath(facts) ?? new(RefusalCause.Other, "Nothing that can be seen from here says why; see the homeserver's own log")
            : null;
    }

    private static Refusal OfSignature(RefusalFacts facts) =>
        OfPath(facts) ?? new(RefusalCause.Signature, facts.InFront.Length > 0
            ? $"What {facts.Origin} signed is not what arrived. Something stands in front of the gateway ({facts.InFront}): perhaps it changes paths or bodies; let it pass both on as they came"
            : $"What {facts.Origin} signed is not what arrived, or it signs with another key than it publishes, as after a reinstallation. Its operator can tell; from the homeserver's host, matrixedge doctor {facts.Origin} shows its keys");

    private static Refusal? OfPath(RefusalFacts facts) => TargetTraces.Find(facts.Path, facts.UserAgent) is { } trace
        ? new(RefusalCause.Path, $"{trace}: something in front of the gateway{(facts.InFront.Length > 0 ? $" ({facts.InFront})" : "")} decodes or encodes paths anew, and the signature covers them. Let it pass them on as they came (nginx: no path behind the address in proxy_pass; Apache: nocanon), or let servers reach the gateway itself")
        : null;

    private static Refusal? OfClock(RefusalFacts facts)
    {
        if (facts.Clock is { } words)
            return new(RefusalCause.Clock, $"Keys are valid for a time, and clocks do not agree: {words}. Let a time service keep them right");

        return facts.HomeserverAhead is { } ahead && ahead.Duration() > ClockTolerance
            ? new(RefusalCause.Clock, $"Keys are valid for a time, and the homeserver's clock is {Words(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} this host's: one of the two is wrong. Let a time service keep both right")
            : null;
    }

    private static Refusal OfLimits(RefusalFacts facts) => new(RefusalCause.Limit, facts.Reason is null
        ? "The homeserver limits how much one server may ask: see rc_federation in Synapse"
        : "The gateway limits how much one client may ask: see MatrixEdge:Limits, and MatrixEdge:TrustedProxies if all come from one address");

    private static Refusal OfFailure(RefusalFacts facts) => new(RefusalCause.Failure, facts.Reason is { } reason
        ? string.Concat(reason[..1].ToUpperInvariant(), reason.AsSpan(1))
        : "The homeserver itself failed; its log says why");

    private static bool Says(RefusalFacts facts, string[] parts) => facts.Error is { } error && Array.Exists(parts, part => error.Contains(part, StringComparison.OrdinalIgnoreCase));

    private static string Words(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalDays:0} days"),
        { TotalHours: >= 2 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalHours:0} hours"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMinutes:0} minutes"),
    };
}
