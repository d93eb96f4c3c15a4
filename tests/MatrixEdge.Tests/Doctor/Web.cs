using System.Collections.Immutable;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What is answered at an address: rules, of which the latest that fits counts, before whatever stands behind.</summary>
internal sealed class Web(Func<Ask, Reply> behind)
{
    private ImmutableList<Func<Ask, Reply?>> rules = [];

    /// <summary>The same rules; what is added to one is not in the other.</summary>
    public Web Copy() => new(behind) { rules = rules };

    /// <param name="path">As it is sent; with <c>*</c> at its end, whatever begins so.</param>
    /// <param name="host">Only in requests for this host; null for any.</param>
    /// <param name="method">Only this one; null for any but OPTIONS.</param>
    public Web On(string path, Reply reply, string? host = null, string? method = null) => On(path, _ => reply, host, method);

    public Web On(string path, Func<Ask, Reply?> reply, string? host = null, string? method = null)
    {
        rules = rules.Add(ask => Fits(ask, path, host, method) ? reply(ask) : null);
        return this;
    }

    /// <summary>Changes whatever is answered there.</summary>
    public Web Change(string path, Func<Reply, Reply> change, string? host = null, string? method = null)
    {
        var before = Copy();
        rules = rules.Add(ask => Fits(ask, path, host, method) ? change(before.Answer(ask)) : null);
        return this;
    }

    public Reply Answer(Ask ask)
    {
        for (var i = rules.Count - 1; i >= 0; i--)
        {
            if (rules[i](ask) is { } reply)
                return reply;
        }

        return behind(ask);
    }

    private static bool Fits(Ask ask, string path, string? host, string? method) =>
        (path.EndsWith('*') ? ask.Path.StartsWith(path[..^1], StringComparison.Ordinal) : ask.Path == path)
        && (host is null || ask.Host == host)
        && (method is null ? ask.Method != "OPTIONS" : ask.Method == method);
}
