using System.Collections.Immutable;

namespace MatrixEdge.Observability;

/// <summary>
/// The cell that holds how the gateway's sites were last seen from outside, and what changed before. Its one writer is whoever
/// examines; without one it stays empty.
/// </summary>
internal sealed class Examinations
{
    /// <summary>How many changes are remembered, over all sites.</summary>
    public const int MostChanges = 200;

    /// <summary>Raised for each change, when it can be read here.</summary>
    public event Action<FindingChange>? Changed;

    private State state = new(ImmutableDictionary<string, Examination>.Empty.WithComparers(StringComparer.OrdinalIgnoreCase), []);

    /// <summary>What came out otherwise than the time before, the latest first.</summary>
    public ImmutableArray<FindingChange> Changes => Volatile.Read(ref state).Changes;

    /// <summary>The last look at a site; null before the first, and when it is not looked at.</summary>
    public Examination? Find(string serverName) => Volatile.Read(ref state).Last.GetValueOrDefault(serverName);

    /// <summary>Keeps it, and tells what is different. The first time, what is well or was skipped is no change.</summary>
    public ImmutableArray<FindingChange> Note(Examination examination)
    {
        var before = Find(examination.ServerName)?.Findings.ToDictionary(finding => finding.Id, finding => finding.Outcome) ?? [];
        ImmutableArray<FindingChange> changes = [.. examination.Findings
            .Select(finding => new FindingChange(examination.ServerName, examination.At, before.TryGetValue(finding.Id, out var outcome) ? outcome : null, finding))
            .Where(IsChange)];
        var held = state;
        Volatile.Write(ref state, new State(held.Last.SetItem(examination.ServerName, examination), [.. changes.Concat(held.Changes).Take(MostChanges)]));
        foreach (var change in changes)
            Changed?.Invoke(change);
        return changes;
    }

    /// <summary>Forgets sites that are no longer served; what changed while they were stays.</summary>
    public void Keep(IEnumerable<string> serverNames)
    {
        var keep = serverNames.ToHashSet(StringComparer.OrdinalIgnoreCase);
        var held = state;
        Volatile.Write(ref state, held with { Last = held.Last.RemoveRange(held.Last.Keys.Where(name => !keep.Contains(name))) });
    }

    /// <summary>Takes up what was remembered before a restart.</summary>
    public void Remember(ImmutableArray<FindingChange> changes) => Volatile.Write(ref state, state with { Changes = [.. changes.Take(MostChanges)] });

    // Between well and skipped nothing happens that anybody must know of.
    private static bool IsChange(FindingChange change) => IsBad(change.Now.Outcome)
        ? change.Before != change.Now.Outcome
        : change.Before is { } before && IsBad(before);

    private static bool IsBad(FindingOutcome outcome) => outcome is FindingOutcome.Warn or FindingOutcome.Fail;

    private sealed record State(ImmutableDictionary<string, Examination> Last, ImmutableArray<FindingChange> Changes);
}
