using MatrixEdge.Delegation;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor;

/// <summary>One thing to look at: facts in, finding out. Asks nobody, changes nothing, and says the same of the same facts.</summary>
/// <param name="id">Stable, lower case with hyphens; the label of a metric.</param>
/// <param name="title">In a few words.</param>
/// <param name="needs">What must have been gathered.</param>
internal abstract class Check(string id, string title, Piece needs)
{
    /// <summary>In characters: what is longer is cut off.</summary>
    public const int LongestText = 600;

    private const int MostEvidence = 60;

    public string Id => id;

    public string Title => title;

    public Piece Needs => needs;

    /// <summary>The chapter of README that helps, without the <c>#</c>.</summary>
    public string Anchor => $"doctor-{id}";

    public abstract Finding Examine(Facts facts);

    protected Finding Ok(string summary, params IEnumerable<string> evidence) => Tell(FindingOutcome.Ok, summary, evidence, null, null);

    /// <param name="reason">Why it could not be looked at, or does not matter here.</param>
    protected Finding Skip(string reason, params IEnumerable<string> evidence) => Tell(FindingOutcome.Skip, reason, evidence, null, null);

    protected Finding Warn(string summary, string cause, string remedy, params IEnumerable<string> evidence) => Tell(FindingOutcome.Warn, summary, evidence, cause, remedy);

    protected Finding Fail(string summary, string cause, string remedy, params IEnumerable<string> evidence) => Tell(FindingOutcome.Fail, summary, evidence, cause, remedy);

    // Addresses and names that strangers made up stand in all of it.
    private Finding Tell(FindingOutcome outcome, string summary, IEnumerable<string> evidence, string? cause, string? remedy) => new(
        id, title, outcome, Bound(summary), [.. evidence.Take(MostEvidence).Select(Bound)], cause is null ? null : Bound(cause), remedy is null ? null : Bound(remedy), remedy is null ? null : Anchor);

    private static string Bound(string text) => JsonAnswer.Bound(text, LongestText);
}
