using System.Text.Json;

namespace MatrixEdge.Acme;

/// <summary>From answers to what they say (RFC 8555 §7.1, RFC 9773 §4.2).</summary>
internal static class AcmeReading
{
    private static readonly TimeSpan ShortestRenewalPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestRenewalPause = TimeSpan.FromHours(24);
    private static readonly TimeSpan UsualRenewalPause = TimeSpan.FromHours(6);

    public static AcmeDirectory Directory(AcmeAnswer answer) => AcmeDocument.Read(answer, document => new AcmeDirectory(
        document.Url("newNonce"),
        document.Url("newAccount"),
        document.Url("newOrder"),
        document.FindUrl("revokeCert"),
        document.FindUrl("keyChange"),
        document.FindUrl("renewalInfo"),
        document.FindObject("meta") is { } meta ? Meta(meta) : new AcmeMeta(null, null, [], false, new Dictionary<string, string>())));

    public static AcmeAccount Account(AcmeAnswer answer, Uri location, bool isNew) => AcmeDocument.Read(answer, document => new AcmeAccount(
        location,
        document.Text("status") switch
        {
            "valid" => AcmeAccountStatus.Valid,
            "deactivated" => AcmeAccountStatus.Deactivated,
            "revoked" => AcmeAccountStatus.Revoked,
            _ => AcmeAccountStatus.Unknown,
        },
        [.. document.FindList("contact").Select(contact => contact.Text())],
        document.FindUrl("orders"),
        isNew));

    public static IReadOnlyList<Uri> Orders(AcmeAnswer answer) => AcmeDocument.Read(answer, document => document.FindList("orders").Select(order => order.Url()).ToList());

    public static AcmeOrder Order(AcmeAnswer answer, Uri location) => AcmeDocument.Read(answer, document => new AcmeOrder(
        location,
        document.Text("status") switch
        {
            "pending" => AcmeOrderStatus.Pending,
            "ready" => AcmeOrderStatus.Ready,
            "processing" => AcmeOrderStatus.Processing,
            "valid" => AcmeOrderStatus.Valid,
            "invalid" => AcmeOrderStatus.Invalid,
            _ => AcmeOrderStatus.Unknown,
        },
        [.. document.List("identifiers").Select(identifier => Identifier(identifier.Object()))],
        [.. document.List("authorizations").Select(authorization => authorization.Url())],
        document.Url("finalize"))
    {
        Certificate = document.FindUrl("certificate"),
        Expires = document.FindTime("expires"),
        Error = document.FindObject("error") is { } error ? ProblemReading.Read(error.Json) : null,
        Profile = document.FindText("profile"),
        Replaces = document.FindText("replaces"),
        RetryAfter = answer.RetryAfter,
    });

    public static AcmeAuthorization Authorization(AcmeAnswer answer, Uri location) => AcmeDocument.Read(answer, document => new AcmeAuthorization(
        location,
        Identifier(document.Object("identifier")),
        document.Text("status") switch
        {
            "pending" => AcmeAuthorizationStatus.Pending,
            "valid" => AcmeAuthorizationStatus.Valid,
            "invalid" => AcmeAuthorizationStatus.Invalid,
            "deactivated" => AcmeAuthorizationStatus.Deactivated,
            "expired" => AcmeAuthorizationStatus.Expired,
            "revoked" => AcmeAuthorizationStatus.Revoked,
            _ => AcmeAuthorizationStatus.Unknown,
        },
        document.Flag("wildcard"),
        [.. document.List("challenges").Where(MayBeRead).Select(Challenge)])
    {
        Expires = document.FindTime("expires"),
        RetryAfter = answer.RetryAfter,
    });

    public static AcmeChallenge Challenge(AcmeAnswer answer) => AcmeDocument.Read(answer, Challenge);

    public static AcmeRenewalInfo RenewalInfo(AcmeAnswer answer) => AcmeDocument.Read(answer, document =>
    {
        var window = document.Object("suggestedWindow");
        var (start, end) = (window.Time("start"), window.Time("end"));
        if (end <= start)
            throw answer.NotUnderstood($"the window for renewal ends ({end:u}) before it begins ({start:u})");

        var pause = answer.RetryAfter ?? UsualRenewalPause;
        return new AcmeRenewalInfo(
            start,
            end,
            Uri.TryCreate(document.FindText("explanationURL"), UriKind.Absolute, out var page) && page.Scheme is "https" or "http" ? page : null,
            pause < ShortestRenewalPause ? ShortestRenewalPause : pause > LongestRenewalPause ? LongestRenewalPause : pause);
    });

    private static AcmeMeta Meta(AcmeDocument meta) => new(
        meta.FindText("termsOfService"),
        meta.FindText("website"),
        [.. meta.FindList("caaIdentities").Select(name => name.Text())],
        meta.Flag("externalAccountRequired"),
        meta.FindObject("profiles") is { } profiles ? Profiles(profiles.Json) : new Dictionary<string, string>());

    // Only the names matter; descriptions are for people, and the draft may yet give them another shape.
    private static Dictionary<string, string> Profiles(JsonElement profiles)
    {
        var read = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var profile in profiles.EnumerateObject())
            read[profile.Name] = profile.Value.ValueKind == JsonValueKind.String ? profile.Value.GetString()! : "";
        return read;
    }

    private static AcmeIdentifier Identifier(AcmeDocument identifier) => new(identifier.Text("type"), identifier.Text("value"));

    // Challenges of a kind unknown here may look as they like, as long as they do not spoil the others (RFC 8555 §7.1.4).
    private static bool MayBeRead(AcmeDocument challenge)
    {
        if (challenge.Object().Text("type") is Challenges.Http01 or Challenges.TlsAlpn01 or Challenges.Dns01)
            return true;

        try
        {
            return Challenge(challenge) is not null;
        }
        catch (AcmeException)
        {
            return false;
        }
    }

    private static AcmeChallenge Challenge(AcmeDocument challenge)
    {
        var type = challenge.Text("type");
        var token = challenge.FindText("token");
        if (type is Challenges.Http01 or Challenges.TlsAlpn01 or Challenges.Dns01 && !Challenges.IsToken(token ?? ""))
            throw challenge.Wrong($"a challenge {type} with a token of base64url");

        return new AcmeChallenge(
            type,
            challenge.Url("url"),
            Challenges.IsToken(token ?? "") ? token : null,
            challenge.Text("status") switch
            {
                "pending" => AcmeChallengeStatus.Pending,
                "processing" => AcmeChallengeStatus.Processing,
                "valid" => AcmeChallengeStatus.Valid,
                "invalid" => AcmeChallengeStatus.Invalid,
                _ => AcmeChallengeStatus.Unknown,
            },
            challenge.FindObject("error") is { } error ? ProblemReading.Read(error.Json) : null);
    }
}
