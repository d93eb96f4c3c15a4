namespace MatrixEdge.Acme.Tests.Support;

/// <summary>What a Pebble does. The defaults hold nothing up and leave nothing to chance.</summary>
internal sealed record PebbleOptions
{
    /// <summary>90 days with a common name; 45 days; 160 hours; 2 minutes. As Let's Encrypt's, and one for renewals that a test can see.</summary>
    public static IReadOnlyDictionary<string, TimeSpan> UsualProfiles { get; } = new Dictionary<string, TimeSpan>
    {
        ["classic"] = TimeSpan.FromDays(90),
        ["tlsserver"] = TimeSpan.FromDays(45),
        ["shortlived"] = TimeSpan.FromHours(160),
        ["tiny"] = TimeSpan.FromSeconds(120),
    };

    /// <summary>How many of a hundred good nonces are refused with <c>badNonce</c>, 0 to 99.</summary>
    public int NonceReject { get; init; }

    /// <summary>How many of a hundred authorizations that are valid already a new order gets to use again, 0 to 100.</summary>
    public int AuthorizationReuse { get; init; }

    /// <summary>How many other chains it offers for each certificate (<c>Link: rel="alternate"</c>).</summary>
    public int AlternateRoots { get; init; }

    /// <summary>How many intermediates stand between leaf and root, 1 or more.</summary>
    public int ChainLength { get; init; } = 1;

    /// <summary>Key identifiers and their keys (base64url), of which every new account must show one; null: anybody is welcome.</summary>
    public IReadOnlyDictionary<string, string>? ExternalAccountKeys { get; init; }

    /// <summary>Profiles on offer and how long their certificates last. An order that names none gets one at random.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Profiles { get; init; } = UsualProfiles;

    /// <summary>The port where it looks for http-01, whatever the standard says; null: a free one, which the gateway is then told to use.</summary>
    public int? HttpPort { get; init; }

    /// <summary>The port where it looks for tls-alpn-01; null: a free one.</summary>
    public int? TlsPort { get; init; }

    /// <summary>Seconds of <c>Retry-After</c> with an authorization, sent at random as a number or as a date. 0: no header.</summary>
    public int AuthorizationRetryAfter { get; init; } = 1;

    /// <summary>Seconds of <c>Retry-After</c> with an order, sent at random as a number or as a date. 0: no header.</summary>
    public int OrderRetryAfter { get; init; } = 1;

    /// <summary>
    /// Names that it refuses with <c>rejectedIdentifier</c>, and all below them. Of two labels each: Pebble breaks off the
    /// connection when the name that was asked for has fewer labels than a name here.
    /// </summary>
    public IReadOnlyList<string> RefusedNames { get; init; } = ["blocked.example"];

    /// <summary>Whether every challenge counts as met, without a look.</summary>
    public bool EverythingValid { get; init; }

    /// <summary>How many orders a page of an account's list holds; null: Pebble's own choice (3).</summary>
    public int? OrdersPerPage { get; init; }
}
