using System.Diagnostics.Tracing;

namespace MatrixEdge.Observability;

/// <summary>Hears what OpenTelemetry tells of its troubles, which it does only to who listens, and tells the operator, each once an hour.</summary>
/// <param name="endpoint">Where the metrics should have gone.</param>
internal sealed partial class TelemetryTroubles(Uri endpoint, TimeProvider time, ILogger logger) : EventListener
{
    private readonly OncePerHour<string> told = new(time, most: 20);

    // Called for each that is there before and for each that comes, also while this is being made.
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name.StartsWith("OpenTelemetry-", StringComparison.Ordinal))
            EnableEvents(eventSource, EventLevel.Warning);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        var name = eventData.EventName ?? "";
        if (told.IsDue(name))
            Log.Failed(logger, endpoint, eventData.Payload is { Count: > 0 } words ? string.Join(", ", words).ReplaceLineEndings(" ") : name);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Metrics for {Endpoint} are in trouble: {Trouble}. They are sent again at the next interval; see MatrixEdge:Telemetry")]
        public static partial void Failed(ILogger logger, Uri endpoint, string trouble);
    }
}
