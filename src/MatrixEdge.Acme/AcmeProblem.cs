using System.Text;

namespace MatrixEdge.Acme;

/// <summary>A problem document (RFC 9457, RFC 8555 §6.7). Its texts are the server's, without control characters and at most 2000 characters each.</summary>
/// <param name="Type">The kind of error as URI, e.g. <c>urn:ietf:params:acme:error:rateLimited</c>; see <see cref="Is"/>.</param>
/// <param name="Detail">What happened, for people.</param>
/// <param name="Status">The HTTP status that goes with it.</param>
public sealed record AcmeProblem(string? Type, string? Detail, int? Status)
{
    private const string Prefix = "urn:ietf:params:acme:error:";
    private const int MostSubproblemsTold = 10;

    /// <summary>The kind of error, for people.</summary>
    public string? Title { get; init; }

    /// <summary>A page about this very error, e.g. where to accept terms of service (RFC 8555 §7.3.3).</summary>
    public Uri? Instance { get; init; }

    /// <summary>The name that a sub-problem is about (RFC 8555 §6.7.1).</summary>
    public AcmeIdentifier? Identifier { get; init; }

    /// <summary>What went wrong with each name, when several are concerned (RFC 8555 §6.7.1).</summary>
    public IReadOnlyList<AcmeProblem> Subproblems { get; init; } = [];

    /// <summary>Whether it is this error, one of <see cref="AcmeErrors"/>.</summary>
    public bool Is(string error) =>
        Type is not null && Type.StartsWith(Prefix, StringComparison.Ordinal) && Type.AsSpan(Prefix.Length).SequenceEqual(error);

    /// <summary>The problem in one line, for people: <c>rateLimited: too many … (example.com: dns: no such host)</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var kind = Type is null or "about:blank" ? null : Type.StartsWith(Prefix, StringComparison.Ordinal) ? Type[Prefix.Length..] : Type;
        text.AppendJoin(": ", new[] { kind, Detail ?? Title }.Where(part => !string.IsNullOrEmpty(part)));
        if (text.Length == 0)
            text.Append(Status is null ? "no reason given" : $"HTTP {Status}, no reason given");

        if (Subproblems.Count > 0)
        {
            var told = Subproblems.Take(MostSubproblemsTold).Select(problem => problem.Identifier is null ? $"{problem}" : $"{problem.Identifier}: {problem}");
            text.Append(" (").AppendJoin("; ", told);
            if (Subproblems.Count > MostSubproblemsTold)
                text.Append($"; and {Subproblems.Count - MostSubproblemsTold} more");
            text.Append(')');
        }

        return text.ToString();
    }
}
