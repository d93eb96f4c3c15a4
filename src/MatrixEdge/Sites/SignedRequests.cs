using System.Globalization;
using System.Text.Json;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>
/// Looks at requests that other servers have signed (Matrix server-server §Request Authentication): counts who comes, and says
/// whose were not served and why, of which nobody would hear otherwise. What is said of servers that were never believed is little,
/// since anybody can be any of them.
/// </summary>
internal sealed partial class SignedRequests(CurrentSites sites, Examinations examinations, TimeProvider time, ILogger<SignedRequests> logger)
{
    /// <summary>The id of the finding that compares this host's clock with those of others.</summary>
    public const string ClockCheck = "clock";

    // Of limits and failures, one is nobody's business.
    private const int Often = 10;

    // Servers of which something is said in an hour although nobody knows whether it was they.
    private const int MostUnknown = 50;

    private readonly OncePerHour<(string Origin, string Site, RefusalCause Cause)> said = new(time);
    private readonly OncePerHour<(string Origin, string Site, RefusalCause Cause)> saidOfUnknown = new(time, MostUnknown);
    private readonly OncePerHour<(string Origin, string Site)> misdirected = new(time);
    private readonly OncePerHour<(string Origin, string Site)> misdirectedOfUnknown = new(time, MostUnknown);

    /// <summary>To be called before the homeserver gets the request: tells of one that is not for this site.</summary>
    public void Check(HttpContext context, Site site)
    {
        // Servers of before v1.3 of the specification name no destination.
        if (TryRead(context, out var signed) && !signed.Destination.IsEmpty && !IsFor(signed, site))
            Say(signed.Origin.ToString(), signed.Destination.ToString(), context.Request.Headers.Host.ToString(), site);
    }

    /// <summary>
    /// To be called when the request was answered: counts whom the homeserver believed, so that nobody can be somebody else, or
    /// thousands; and looks into why others were not served. Allocates nothing for a server that came before and was served.
    /// </summary>
    public void Note(HttpContext context, Exchange exchange, Site site)
    {
        if (!IsVerified(exchange.Operation) || !TryRead(context, out var signed) || (context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted))
            return;

        var status = context.Response.StatusCode;
        var isForSite = signed.Destination.IsEmpty || IsFor(signed, site);
        if (status < StatusCodes.Status400BadRequest && isForSite)
        {
            site.Origins.Note(signed.Origin, site.FormerWay?.Is(context.Request.Headers.Host.ToString(), exchange.Connection.Listener) == true);
            site.Refused.NoteServed(signed.Origin);
        }
        else if (status is StatusCodes.Status400BadRequest or StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests or >= StatusCodes.Status500InternalServerError)
        {
            var facts = FactsOf(context, exchange, site, signed, status) with { Misdirected = isForSite ? null : Cause(signed.Destination.ToString(), site) };
            if (RefusalExplanation.Of(facts) is { } refusal)
                Note(facts, refusal, exchange, site);
        }
    }

    private void Note(RefusalFacts facts, Refusal refusal, Exchange exchange, Site site)
    {
        var isKnown = site.Origins.Contains(facts.Origin);
        var origin = site.Refused.Note(facts.Origin, isKnown, refusal);
        var isPassing = refusal.Cause is RefusalCause.Limit or RefusalCause.Failure;

        // Limits and failures come before signatures are looked at, and a homeserver that is down is told elsewhere. What was meant
        // for others was said when it came.
        if (isPassing ? !isKnown || origin.InARow < Often || site.Homeserver.IsDown : refusal.Cause == RefusalCause.Destination && facts.Misdirected is not null)
            return;
        if (!(isKnown ? said : saidOfUnknown).IsDue((facts.Origin, site.ServerName, refusal.Cause)))
            return;

        if (isPassing)
            Log.Failing(logger, facts.Origin, site.ServerName, origin.InARow, facts.Status, refusal.Words);
        else if (facts.Error is { } error)
            Log.Refused(logger, facts.Origin, site.ServerName, exchange.Operation.Template, facts.Status, error, refusal.Words);
        else
            Log.RefusedInSilence(logger, facts.Origin, site.ServerName, exchange.Operation.Template, facts.Status, refusal.Words);
    }

    private RefusalFacts FactsOf(HttpContext context, Exchange exchange, Site site, XMatrix signed, int status)
    {
        var headers = context.Request.Headers;
        return new RefusalFacts(status, signed.Origin.ToString())
        {
            Error = exchange.Refusal is { } body ? ErrorIn(body.Kept.Span) : null,
            Path = RequestTarget.Of(context).Path.ToString(),
            UserAgent = headers.UserAgent.ToString(),
            InFront = string.Join(", ", SignsOfOthers.Where(headers.ContainsKey)),
            HomeserverAhead = exchange.Refusal?.Date - time.GetUtcNow(),
            Clock = examinations.Find(site.ServerName)?.Findings.FirstOrDefault(finding => finding is { Id: ClockCheck, Outcome: FindingOutcome.Fail })?.Summary,
            Reason = exchange.Reason,
        };
    }

    // Matrix client-server §Standard error response. Others' words, so without what would disturb a log or a terminal.
    private static string? ErrorIn(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json, isFinalBlock: false, default);
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("error"u8) && reader.Read())
                    return reader.TokenType == JsonTokenType.String ? Plain(reader.GetString()!) : null;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // It is none of Matrix; what it says is not known.
        }

        return null;
    }

    private static string Plain(string text)
    {
        var cut = text.Length > LongestError ? string.Concat(text.AsSpan(0, LongestError), "…") : text;
        return string.Create(cut.Length, cut, static (plain, cut) =>
        {
            for (var i = 0; i < cut.Length; i++)
                plain[i] = char.IsControl(cut[i]) || char.IsSurrogate(cut[i]) || CharUnicodeInfo.GetUnicodeCategory(cut[i]) == UnicodeCategory.Format ? ' ' : cut[i];
        });
    }

    // What servers ask of each other needs a signature but for these two (Matrix server-server §Get homeserver version, §OpenID);
    // anything else is answered whoever the header says it is from.
    private static bool IsVerified(Operation operation) =>
        !operation.IsArea && operation.Template.Contains(" /_matrix/federation/", StringComparison.Ordinal)
        && !operation.Template.EndsWith("/version", StringComparison.Ordinal) && !operation.Template.EndsWith("/openid/userinfo", StringComparison.Ordinal);

    // What is no server name is nobody's, and is neither kept nor said.
    private static bool TryRead(HttpContext context, out XMatrix signed)
    {
        signed = default;
        var header = context.Request.Headers.Authorization.ToString();
        return XMatrix.IsScheme(header) && XMatrix.TryParse(header, out signed)
            && ServerName.CouldBe(signed.Origin) && (signed.Destination.IsEmpty || ServerName.CouldBe(signed.Destination));
    }

    private static bool IsFor(XMatrix signed, Site site) => signed.Destination.Equals(site.ServerName, StringComparison.OrdinalIgnoreCase);

    private void Say(string origin, string destination, string host, Site site)
    {
        if ((site.Origins.Contains(origin) ? misdirected : misdirectedOfUnknown).IsDue((origin, site.ServerName)))
            Log.Misdirected(logger, origin, destination, site.ServerName, host, Cause(destination, site));
    }

    private string Cause(string destination, Site site)
    {
        var settings = site.Settings;
        if (destination.Equals(settings.PublicHost.Host, StringComparison.OrdinalIgnoreCase) || destination.Equals(settings.DelegatedServer, StringComparison.OrdinalIgnoreCase))
            return $"It takes the public host for a server name; its users probably wrote {destination} where {site.ServerName} was meant";
        if (sites.Table.Sites.FirstOrDefault(other => other.ServerName.Equals(destination, StringComparison.OrdinalIgnoreCase)) is { } meant)
            return $"{destination} is a site of this gateway, too, but its well-known document or SRV record leads to {settings.PublicHost}; it must lead to {meant.Settings.PublicHost}";
        return $"The well-known document, an SRV record or the addresses of {destination} lead here. If that server is yours, add it to Sites; if it was, its old document is still remembered somewhere";
    }

    private const int LongestError = 300;

    // By these a proxy or a network in front shows itself.
    private static readonly string[] SignsOfOthers = ["Via", "CF-Ray", "CDN-Loop", "X-Forwarded-For", "Forwarded"];

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "A request of {Origin} for {ServerName} ({Operation}) was refused with {Status}: \"{Error}\". {Cause}")]
        public static partial void Refused(ILogger logger, string origin, string serverName, string operation, int status, string error, string cause);

        [LoggerMessage(LogLevel.Warning, "A request of {Origin} for {ServerName} ({Operation}) was refused with {Status}. {Cause}")]
        public static partial void RefusedInSilence(ILogger logger, string origin, string serverName, string operation, int status, string cause);

        [LoggerMessage(LogLevel.Warning, "The server {Origin} gets nothing from {ServerName} any more: {Times} requests in a row, the last one answered with {Status}. {Cause}")]
        public static partial void Failing(ILogger logger, string origin, string serverName, long times, int status, string cause);

        [LoggerMessage(LogLevel.Warning, "The server {Origin} sent a request for {Destination} to {ServerName} (Host: {Host}), where it must be refused. {Cause}")]
        public static partial void Misdirected(ILogger logger, string origin, string destination, string serverName, string host, string cause);
    }
}
