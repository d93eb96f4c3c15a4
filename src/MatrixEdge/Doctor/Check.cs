using System.Collections.Immutable;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor;

/// <summary>One thing to look at: facts in, finding out. Asks nobody, changes nothing, and says the same of the same facts.</summary>
/// <param name="id">Stable, lower case with hyphens; the label of a metric.</param>
/// <param name="title">In a few words.</param>
/// <param name="needs">What must have been gathered.</param>
internal abstract class Check(string id, string title, Piece needs)
{
    public string Id => id;

    public string Title => title;

    public Piece Needs => needs;

    /// <summary>The chapter of README that helps, without the <c>#</c>.</summary>
    public string Anchor => $"doctor-{id}";

    public abstract Finding Examine(Facts facts);

    protected Finding Ok(string summary, params IEnumerable<string> evidence) => new(id, title, FindingOutcome.Ok, summary, [.. evidence], null, null, null);

    /// <param name="reason">Why it could not be looked at, or does not matter here.</param>
    protected Finding Skip(string reason, params IEnumerable<string> evidence) => new(id, title, FindingOutcome.Skip, reason, [.. evidence], null, null, null);

    protected Finding Warn(string summary, string cause, string remedy, params IEnumerable<string> evidence) =>
        new(id, title, FindingOutcome.Warn, summary, [.. evidence], cause, remedy, Anchor);

    protected Finding Fail(string summary, string cause, string remedy, params IEnumerable<string> evidence) =>
        new(id, title, FindingOutcome.Fail, summary, [.. evidence], cause, remedy, Anchor);
}
