using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Listening.Transport;

/// <summary>
/// A client's connection as Kestrel sees it. <see cref="Transport"/> is for the first bytes; TLS then reads and sends by
/// <see cref="Socket"/> itself.
/// </summary>
internal sealed partial class LoopConnection : ConnectionContext, IDuplexPipe, IConnectionIdFeature, IConnectionTransportFeature, IConnectionItemsFeature,
    IConnectionLifetimeFeature, IConnectionEndPointFeature, IMemoryPoolFeature
{
    private static long lastId = DateTime.UtcNow.Ticks;

    private readonly CancellationTokenSource closed = new();
    private readonly ConnectionFeatures features;
    private readonly MemoryPool<byte> pool;
    private readonly ILogger logger;
    private IDictionary<object, object?>? items;
    private string? id;

    public LoopConnection(EventLoop loop, int descriptor, EndPoint local, EndPoint remote, MemoryPool<byte> pool, ILogger logger)
    {
        (this.pool, this.logger) = (pool, logger);
        (LocalEndPoint, RemoteEndPoint) = (local, remote);
        ConnectionClosed = closed.Token;
        features = new ConnectionFeatures(this);
        Transport = this;
        Socket = new LoopSocket(loop, descriptor, isConnecting: false, static connection => ((LoopConnection)connection!).TellClosed(), this);
        var stream = new LoopStream(Socket);
        Input = PipeReader.Create(stream, new StreamPipeReaderOptions(pool, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, leaveOpen: true));
    }

    public LoopSocket Socket { get; }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId
    {
        get => id ??= Interlocked.Increment(ref lastId).ToString("X", CultureInfo.InvariantCulture);
        set => id = value;
    }

    public override IFeatureCollection Features => features;

    public override IDictionary<object, object?> Items
    {
        get => items ??= new ConnectionItems();
        set => items = value;
    }

    public MemoryPool<byte> MemoryPool => pool;

    /// <summary>Ends it at once (RST): what was not sent yet is not sent.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        Socket.Reset();
        ThreadPool.UnsafeQueueUserWorkItem(static connection => connection.TellClosed(), this, preferLocal: false);
    }

    public override ValueTask DisposeAsync()
    {
        Socket.Dispose();
        Input.Complete();
        Output.Complete(new ConnectionAbortedException("The connection is over")); // what it still held goes nowhere
        TellClosed();
        return base.DisposeAsync();
    }

    // Whatever those who hear of it make of it, the connection is over.
    private void TellClosed()
    {
        try
        {
            closed.Cancel();
        }
        catch (AggregateException exception)
        {
            Log.NotHeard(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The end of a connection met an error that nobody expected. Please report it")]
        public static partial void NotHeard(ILogger logger, Exception exception);
    }
}
