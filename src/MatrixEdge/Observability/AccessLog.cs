using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Sockets;

namespace MatrixEdge.Observability;

/// <summary>
/// One line per public request: the operation as the specification writes it, status, bytes, duration, listener and client.
/// Never a token, an id of a room or user, or a query string: the target itself is not at hand here. What the line tells is
/// measured, too, whether or not it is written.
/// </summary>
internal sealed class AccessLog(ProgramLog log, ILoggerFactory loggers, EdgeMetrics metrics, RecentTraffic traffic, TimeProvider time)
{
    /// <summary>What nginx calls it: the client closed the connection before it was answered.</summary>
    public const int ClientClosedRequest = 499;

    /// <summary>A category of its own, so that <c>Serilog:MinimumLevel:Override</c> can silence it alone.</summary>
    public const string Category = "MatrixEdge.Access";

    private readonly ILogger logger = loggers.CreateLogger(Category);
    private readonly IAccessWriter writer = log.Access ?? new AccessEvents(loggers.CreateLogger(Category));

    public async Task RunAsync(HttpContext context, Exchange exchange, Func<HttpContext, Exchange, Task> handle)
    {
        var begin = time.GetTimestamp();
        try
        {
            await handle(context, exchange);
        }
        finally
        {
            var response = context.Response;
            var status = !response.HasStarted && context.RequestAborted.IsCancellationRequested ? ClientClosedRequest : response.StatusCode;
            var took = time.GetElapsedTime(begin);
            metrics.NoteRequest(exchange, status, took);
            traffic.Note(exchange.Operation, exchange.Connection.Listener, status, took);
            if (logger.IsEnabled(LogLevel.Information))
            {
                if (writer.MayWait)
                    await EventLoop.LeaveAsync();
                writer.Write(new AccessEntry(
                    time.GetUtcNow(), exchange.Operation.Template, status, BytesOf(context, exchange), Math.Round(took.TotalMilliseconds, 1),
                    exchange.Connection.Listener, exchange.Client, exchange.Reason));
            }
        }
    }

    // Of what passed through, what did; of what the gateway said itself, what it announced.
    private static long BytesOf(HttpContext context, Exchange exchange) =>
        exchange.Sent > 0 || exchange.IsAnswered || HttpMethods.IsHead(context.Request.Method) ? exchange.Sent : context.Response.ContentLength ?? 0;
}
