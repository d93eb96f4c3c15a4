using System.Buffers;

namespace MatrixEdge.Sites;

/// <summary>
/// Finds in a path what its sender cannot have written, and something on the way must have. Servers write the same ids in different
/// ways, so only what is certain is told: of senders whose software is known, and of what nobody writes.
/// </summary>
internal static class TargetTraces
{
    // Synapse writes ids by Python's urllib.parse.quote with nothing safe: what is none of these has an escape, in capitals.
    private static readonly SearchValues<char> PlainInSynapse = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/%");

    // What ids of rooms, events, users and aliases begin with, as an escape whose percent sign was escaped again.
    private static readonly string[] EncodedTwice = ["/%2521", "/%2524", "/%2540", "/%2523"];

    /// <summary>What was found, as the beginning of a sentence; null when nothing was.</summary>
    /// <param name="path">The raw path.</param>
    /// <param name="userAgent">What the sender calls itself.</param>
    public static string? Find(ReadOnlySpan<char> path, string userAgent)
    {
        foreach (var twice in EncodedTwice)
        {
            if (path.IndexOf(twice, StringComparison.Ordinal) >= 0)
                return $"The path holds {twice[1..]}, an escape that was encoded once more";
        }

        if (userAgent.StartsWith("Synapse/", StringComparison.Ordinal))
        {
            if (path.IndexOfAnyExcept(PlainInSynapse) is >= 0 and var plain)
                return $"The path holds a plain {path[plain]}, which Synapse sends as %{(int)path[plain]:X2}";
            if (SmallEscape(path) is { } escape)
                return $"The path holds {escape}, which Synapse sends as {escape.ToUpperInvariant()}";
        }

        return userAgent.StartsWith("Dendrite/", StringComparison.Ordinal) && path.Contains('!') ? "The path holds a plain !, which Dendrite sends as %21" : null;
    }

    private static string? SmallEscape(ReadOnlySpan<char> path)
    {
        for (var i = 0; i + 2 < path.Length; i++)
        {
            if (path[i] == '%' && (path[i + 1] is >= 'a' and <= 'f' || path[i + 2] is >= 'a' and <= 'f'))
                return path.Slice(i, 3).ToString();
        }

        return null;
    }
}
