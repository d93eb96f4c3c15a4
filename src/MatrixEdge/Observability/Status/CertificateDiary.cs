using System.Collections.Immutable;
using MatrixEdge.Certificates;

namespace MatrixEdge.Observability.Status;

/// <summary>The latest that happened to certificates since the start, kept in memory.</summary>
internal sealed class CertificateDiary : IDisposable
{
    /// <summary>How many entries are kept.</summary>
    public const int Most = 50;

    private readonly CertificateEvents events;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private ImmutableArray<DiaryEntry> entries = [];

    public CertificateDiary(CertificateEvents events, TimeProvider time)
    {
        (this.events, this.time) = (events, time);
        events.Raised += Note;
    }

    /// <summary>The latest first.</summary>
    public ImmutableArray<DiaryEntry> Entries
    {
        get
        {
            lock (gate)
                return entries;
        }
    }

    public void Dispose() => events.Raised -= Note;

    private void Note(CertificateEvent happened)
    {
        var entry = new DiaryEntry(
            time.GetUtcNow(), happened.Kind, happened.Site.Length > 0 ? happened.Site : null, happened.Serial, happened.NotAfter, happened.Authority, happened.Reason, happened.NextAttempt, happened.Took);
        lock (gate)
            entries = [entry, .. entries.Take(Most - 1)];
    }
}

/// <summary>What happened to a certificate.</summary>
/// <param name="Site">Whose; null for one that serves all.</param>
/// <param name="Serial">Of the certificate that was obtained, or that is served; null when there is none.</param>
/// <param name="Authority">Who was asked; null where nobody was.</param>
/// <param name="Reason">What went wrong; null when nothing did.</param>
/// <param name="Took">How long the attempt took; null when that is not known.</param>
internal sealed record DiaryEntry(
    DateTimeOffset At, CertificateEventKind Event, string? Site, string? Serial, DateTimeOffset? NotAfter, string? Authority, string? Reason, DateTimeOffset? NextAttempt, TimeSpan? Took);
