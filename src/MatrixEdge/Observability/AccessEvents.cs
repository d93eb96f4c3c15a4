using MatrixEdge.Listening;

namespace MatrixEdge.Observability;

/// <summary>Tells the entries of the access log as events, like all that is logged; the time is the log's own.</summary>
internal sealed partial class AccessEvents(ILogger logger) : IAccessWriter
{
    /// <summary>Yes: the sinks are the operator's choice.</summary>
    public bool MayWait => true;

    public void Write(in AccessEntry entry)
    {
        if (entry.Reason is { } reason)
            Log.Explained(logger, entry.Operation, entry.Status, entry.Bytes, entry.Milliseconds, entry.Listener, entry.Client, reason);
        else
            Log.Request(logger, entry.Operation, entry.Status, entry.Bytes, entry.Milliseconds, entry.Listener, entry.Client);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Operation} {Status} {Bytes} B {Milliseconds} ms {Listener} {Client}")]
        public static partial void Request(
            ILogger logger, string operation, int status, long bytes, double milliseconds, ListenerKind listener, string client);

        [LoggerMessage(LogLevel.Information, "{Operation} {Status} {Bytes} B {Milliseconds} ms {Listener} {Client}: {Reason}")]
        public static partial void Explained(
            ILogger logger, string operation, int status, long bytes, double milliseconds, ListenerKind listener, string client, string reason);
    }
}
