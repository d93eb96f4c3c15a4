namespace MatrixEdge.Protocol;

/// <summary>
/// How long the connection to the homeserver may stay silent, no byte in either direction, before the gateway gives up.
/// </summary>
/// <remarks>
/// The measure is what is known to have been too short: 60 s (nginx) and 100 s (YARP) cut off joins that take "nearly
/// 3 minutes" (element-hq/element-meta#1383; matrix-org/synapse#8338 needed more than 120 s). The Element Server
/// Suite's HAProxy allows 180 s, and 900 s towards clients; Synapse itself waits 10 minutes for the state of a large
/// room (synapse/federation/transport/client.py), conduwuit 300 s for other servers.
/// </remarks>
internal static class TimeLimits
{
    /// <summary>The longest silence to bear for this request.</summary>
    /// <param name="operation">What is asked.</param>
    /// <param name="query">The raw query, undecoded, with or without its question mark.</param>
    public static TimeSpan For(Operation operation, ReadOnlySpan<char> query) => operation.Patience switch
    {
        Patience.LongPoll => ForLongPoll(query),
        Patience.SlowRoom => SlowRoom,
        Patience.Media => Media,
        _ => Ordinary,
    };

    /// <summary>
    /// Time to hold back the answer, as asked (client-server §Syncing; Synapse reads <c>timeout</c> and <c>pos</c> of sliding sync
    /// from the query too), then time to compute it. Who brings no token gets everything: a first sync computes
    /// for minutes. So does <c>full_state=true</c>, which Element Server Suite sends to the workers for first syncs.
    /// </summary>
    private static TimeSpan ForLongPoll(ReadOnlySpan<char> query)
    {
        query = query.TrimStart('?');
        var limit = Milliseconds(First(query, "timeout")) + Ordinary;
        var hasToken = !First(query, "since").IsEmpty || !First(query, "pos").IsEmpty || !First(query, "from").IsEmpty;
        var isFirst = !hasToken || First(query, "full_state") is "true";
        return isFirst && limit < FirstSync ? FirstSync : limit;
    }

    /// <summary>The value of the first parameter of this name, as homeservers take it; empty when there is none.</summary>
    private static ReadOnlySpan<char> First(ReadOnlySpan<char> query, string name)
    {
        foreach (var range in query.Split('&'))
        {
            var parameter = query[range];
            if (parameter.StartsWith(name) && parameter[name.Length..] is ['=', .. var value])
                return value;
        }

        return default;
    }

    /// <summary>Decimal digits; anything else counts as no wish at all, and no wish is longer than <see cref="LongestPoll"/>.</summary>
    private static TimeSpan Milliseconds(ReadOnlySpan<char> value)
    {
        var wish = 0L;
        foreach (var digit in value)
        {
            if (!char.IsAsciiDigit(digit))
                return TimeSpan.Zero;
            wish = Math.Min((wish * 10) + (digit - '0'), (long)LongestPoll.TotalMilliseconds);
        }

        return TimeSpan.FromMilliseconds(wish);
    }

    private static readonly TimeSpan Ordinary = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan SlowRoom = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Media = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstSync = TimeSpan.FromMinutes(10);

    /// <summary>The specification sets no upper bound on <c>timeout</c>; without one, anybody could hold connections for ever.</summary>
    private static readonly TimeSpan LongestPoll = TimeSpan.FromHours(1);
}
