namespace MatrixEdge.Sites;

/// <summary>What is known of a signed request that was not served.</summary>
/// <param name="Status">What was answered.</param>
/// <param name="Origin">Who it says it is from.</param>
internal sealed record RefusalFacts(int Status, string Origin)
{
    /// <summary>The homeserver's own words; null when it said none, or they could not be read.</summary>
    public string? Error { get; init; }

    /// <summary>Why it is not for this site; null when it is.</summary>
    public string? Misdirected { get; init; }

    /// <summary>The raw path.</summary>
    public string Path { get; init; } = "/";

    /// <summary>What the sender calls its software; empty when it does not.</summary>
    public string UserAgent { get; init; } = "";

    /// <summary>The headers by which something in front of the gateway shows itself; empty when there are none.</summary>
    public string InFront { get; init; } = "";

    /// <summary>How far the homeserver's clock is ahead of this host's; null when it did not say.</summary>
    public TimeSpan? HomeserverAhead { get; init; }

    /// <summary>How clocks differ, as it was seen from outside; null when they are not known to.</summary>
    public string? Clock { get; init; }

    /// <summary>Why the gateway itself answered; null when the homeserver did.</summary>
    public string? Reason { get; init; }
}
