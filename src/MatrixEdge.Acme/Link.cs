namespace MatrixEdge.Acme;

/// <summary>One link of a <c>Link</c> header (RFC 8288 §3), as far as ACME needs it.</summary>
/// <param name="Target">The address as written; relative ones go by the request's.</param>
/// <param name="Relations">What it is to the answer, e.g. <c>alternate</c>.</param>
internal sealed record Link(string Target, IReadOnlyList<string> Relations)
{
    /// <summary>All links; what cannot be read is passed over.</summary>
    public static IReadOnlyList<Link> Read(IEnumerable<string> headers)
    {
        var links = new List<Link>();
        foreach (var header in headers)
        {
            for (var at = 0; (at = header.IndexOf('<', at)) >= 0;)
            {
                var end = header.IndexOf('>', at);
                if (end < 0)
                    break;

                var target = header[(at + 1)..end].Trim();
                links.Add(new Link(target, ReadRelations(header, at = end + 1, out at)));
            }
        }

        return links;
    }

    // ;name=value or ;name="value", up to the comma before the next link. Only the first rel counts (RFC 8288 §3.3).
    private static string[] ReadRelations(string header, int start, out int end)
    {
        string[]? relations = null;
        var at = start;
        while (at < header.Length && header[at] != ',')
        {
            if (header[at] is ';' or ' ' or '\t')
            {
                at++;
                continue;
            }

            var name = at;
            while (at < header.Length && header[at] is not ('=' or ';' or ','))
                at++;
            var word = header[name..at].Trim();
            var value = "";
            if (at < header.Length && header[at] == '=')
                value = ReadValue(header, at + 1, out at);
            if (word.Equals("rel", StringComparison.OrdinalIgnoreCase))
                relations ??= value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        }

        end = at;
        return relations ?? [];
    }

    private static string ReadValue(string header, int start, out int end)
    {
        while (start < header.Length && header[start] is ' ' or '\t')
            start++;
        if (start < header.Length && header[start] == '"')
        {
            var close = header.IndexOf('"', start + 1);
            end = close < 0 ? header.Length : close + 1;
            return header[(start + 1)..(close < 0 ? header.Length : close)];
        }

        end = header.AsSpan(start).IndexOfAny(';', ',') is >= 0 and var stop ? start + stop : header.Length;
        return header[start..end].Trim();
    }
}
