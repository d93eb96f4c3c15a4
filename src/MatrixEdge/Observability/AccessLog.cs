using System.IO.Pipelines;
using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using Microsoft.AspNetCore.Http.Features;

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
        CountedBody? body = null;
        if (logger.IsEnabled(LogLevel.Information))
            context.Features.Set<IHttpResponseBodyFeature>(body = new CountedBody(context.Features.GetRequiredFeature<IHttpResponseBodyFeature>()));
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
            if (body is not null)
            {
                var bytes = body.Count > 0 || HttpMethods.IsHead(context.Request.Method) ? body.Count : response.ContentLength ?? 0;
                writer.Write(new AccessEntry(
                    time.GetUtcNow(), exchange.Operation.Template, status, bytes, Math.Round(took.TotalMilliseconds, 1),
                    exchange.Connection.Listener, exchange.Client, exchange.Reason));
            }
        }
    }

    // Counts what is written through the stream, as the forwarder does.
    private sealed class CountedBody(IHttpResponseBodyFeature inner) : Stream, IHttpResponseBodyFeature
    {
        public long Count { get; private set; }

        public Stream Stream => this;

        public PipeWriter Writer => inner.Writer;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void DisableBuffering() => inner.DisableBuffering();

        public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            inner.SendFileAsync(path, offset, count, cancellationToken);

        public Task CompleteAsync() => inner.CompleteAsync();

        public override void Flush() => inner.Stream.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.Stream.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count)
        {
            Count += count;
            inner.Stream.Write(buffer, offset, count);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length;
            return inner.Stream.WriteAsync(buffer, cancellationToken);
        }
    }
}
