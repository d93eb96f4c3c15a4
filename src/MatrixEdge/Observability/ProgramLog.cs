using Serilog.Core;

namespace MatrixEdge.Observability;

/// <summary>Where all goes that is logged. What was logged is written when it is disposed of.</summary>
/// <param name="events">Takes every event.</param>
/// <param name="output">Writes the standard output; null where others do that, or nobody.</param>
/// <param name="access">
/// Writes access lines as <paramref name="events"/> would; null where they must take the way of all events, because the operator's
/// configuration may add to them, choose among them or send them elsewhere.
/// </param>
internal sealed class ProgramLog(Logger events, LogOutput? output = null, IAccessWriter? access = null) : IDisposable
{
    public Serilog.ILogger Events => events;

    public IAccessWriter? Access => access;

    /// <summary>How many lines were lost since the start because the standard output did not take them.</summary>
    public long Lost => output?.Lost ?? 0;

    public void Dispose()
    {
        events.Dispose();
        output?.Dispose();
    }
}
