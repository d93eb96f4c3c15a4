using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using MatrixEdge.Listening.Transport;
using MatrixEdge.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MatrixEdge.Listening.Tls;

/// <summary>
/// Secures connections by OpenSSL itself, in place of Kestrel's middleware on <see cref="SslStream"/>: several records leave with one system
/// call and without changing threads, a connection that waits keeps no buffers, and the client's choice among ciphers counts.
/// </summary>
internal sealed partial class TlsTermination(TlsHandshakes handshakes, HandshakeMetrics metrics, TimeProvider time, ILogger<TlsTermination> logger)
{
    private const int Tls13 = 0x0304;

    // Of a key by which tickets are encrypted (RFC 9325 §3.4: to be changed regularly). Connections of before keep theirs.
    private static readonly TimeSpan LifeOfTicketKey = TimeSpan.FromDays(1);

    // unrecognized_name, fatal (RFC 6066 §3), in a record of its own.
    private static readonly byte[] NotServed = [21, 3, 3, 0, 2, 2, 112];

    // Held by what they were made of, which is held by what is served: gone with the certificate and its last connection.
    private readonly ConditionalWeakTable<TlsIdentity, Dated> contexts = [];

    /// <summary>
    /// Whether this is used. It is wherever OpenSSL 3 is; elsewhere the framework's TLS has to do. The switch <c>MatrixEdge.OwnTls</c> of the
    /// runtime's configuration turns it off.
    /// </summary>
    public static bool IsOwn => EventLoops.AreThere && OpenSsl.IsThere && (!AppContext.TryGetSwitch("MatrixEdge.OwnTls", out var isOn) || isOn);

    /// <summary>Stands where TLS ends; what comes behind it sees plain bytes.</summary>
    public ConnectionDelegate For(ListenerKind listener, ConnectionDelegate next) => connection => SecureAsync(listener, (LoopConnection)connection, next);

    private async Task SecureAsync(ListenerKind listener, LoopConnection connection, ConnectionDelegate next)
    {
        using var session = await HandshakeAsync(listener, connection);
        if (session is null)
            return;

        var pool = connection.MemoryPool;
        var stream = new TlsStream(session);
        var plain = new Plain(
            PipeReader.Create(stream, new StreamPipeReaderOptions(pool, pool.MaxBufferSize, minimumReadSize: pool.MaxBufferSize / 2, leaveOpen: true, useZeroByteReads: true)),
            PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, minimumBufferSize: pool.MaxBufferSize, leaveOpen: true)));
        connection.Transport = plain;
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = connection;
            await CloseAsync(connection, plain, session);
        }
    }

    // Null when there is nothing to go on with; then the client has been told, as far as it listens.
    private async Task<TlsSession?> HandshakeAsync(ListenerKind listener, LoopConnection connection)
    {
        var begun = metrics.Begin(connection);
        TlsSession? session = null;
        string? version = null;
        string? fault = null;

        // Real time, as Kestrel's own limits are: a clock that is set takes nothing from a client.
        using var limit = new CancellationTokenSource(TlsHandshakes.Timeout);
        try
        {
            var (isDecided, hello) = await ClientHello.PeekAsync(connection.Input, limit.Token);
            if (!isDecided)
            {
                // Whoever looks whether a port is open does this: no exception, and no word.
                fault = limit.IsCancellationRequested ? typeof(OperationCanceledException).FullName : typeof(IOException).FullName;
                return null;
            }

            var identity = await ChooseAsync(listener, connection, hello?.ServerName, connection.Output);
            session = Begin(ContextOf(identity), connection);
            await HandshakeAsync(session, limit.Token);

            version = session.Version == Tls13 ? "1.3" : "1.2";
            var features = new TlsFeatures(Known(session.Protocol));
            connection.Features.Set<ITlsConnectionFeature>(features);
            connection.Features.Set<ITlsApplicationProtocolFeature>(features);
            connection.Features.Get<IConnectionMetricsTagsFeature>()?.Tags.Add(new("tls.protocol.version", version));
            return session;
        }
        catch (Exception exception) when (exception is AuthenticationException or CryptographicException or OperationCanceledException
            or IOException or SocketException or ObjectDisposedException)
        {
            fault = exception.GetType().FullName;
            connection.Features.Get<IConnectionMetricsTagsFeature>()?.Tags.Add(new("error.type", "tls_handshake_failed"));
            Log.Failed(logger, listener, exception.Message);
            session?.Dispose();
            return null;
        }
        finally
        {
            metrics.End(connection, begun, version, fault);
        }
    }

    private async ValueTask<TlsIdentity> ChooseAsync(ListenerKind listener, ConnectionContext connection, string? serverName, PipeWriter output)
    {
        try
        {
            return handshakes.Choose(listener, connection, serverName);
        }
        catch (AuthenticationException)
        {
            await output.WriteAsync(NotServed);
            throw;
        }
    }

    private TlsContext ContextOf(TlsIdentity identity)
    {
        var now = time.GetUtcNow();
        if (contexts.TryGetValue(identity, out var made) && now - made.At < LifeOfTicketKey)
            return made.Context;

        lock (contexts)
        {
            if (contexts.TryGetValue(identity, out var other) && other != made)
                return other.Context;

            var next = new Dated(TlsContext.Create(identity), now);
            contexts.AddOrUpdate(identity, next);
            return next.Context;
        }
    }

    // What came until now was looked at and is still there; from here on the session reads for itself.
    private static TlsSession Begin(TlsContext context, LoopConnection connection)
    {
        if (!connection.Input.TryRead(out var read))
            return new TlsSession(context, connection, default);

        var session = new TlsSession(context, connection, read.Buffer);
        connection.Input.AdvanceTo(read.Buffer.End);
        return session;
    }

    /// <exception cref="AuthenticationException">The client cannot be agreed with.</exception>
    private static async Task HandshakeAsync(TlsSession session, CancellationToken limit)
    {
        while (true)
        {
            var progress = session.Handshake();

            // The last that is said in TLS 1.3 are tickets, for which no client waits: they go with the first answer.
            if (progress != TlsSession.Progress.Done || session.Version != Tls13)
                await session.FlushAsync(limit);
            if (progress == TlsSession.Progress.Done)
                return;
            if (progress == TlsSession.Progress.Broken)
                throw new AuthenticationException(session.Fault);
            if (progress == TlsSession.Progress.Closed || session.IsOver)
                throw new IOException("the client went away");
            await session.WaitAsync(limit);
        }
    }

    // A client that takes nothing any more is waited for as long as one that does not shake hands.
    private static async Task CloseAsync(ConnectionContext connection, Plain plain, TlsSession session)
    {
        var closing = CloseAsync(plain, session);
        try
        {
            await closing.WaitAsync(TlsHandshakes.Timeout);
        }
        catch (TimeoutException)
        {
            connection.Abort(new ConnectionAbortedException("The client does not take the end of the connection"));
            await closing;
        }
    }

    private static async Task CloseAsync(Plain plain, TlsSession session)
    {
        try
        {
            session.StopReading();
            await plain.Input.CompleteAsync();
            await plain.Output.CompleteAsync(); // encrypts what is left
            session.SayClosed();
            await session.FlushAsync(CancellationToken.None);
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException or OperationCanceledException)
        {
            // The client has gone before.
        }
    }

    private static ReadOnlyMemory<byte> Known(ReadOnlySpan<byte> protocol) =>
        protocol.SequenceEqual(SslApplicationProtocol.Http2.Protocol.Span) ? SslApplicationProtocol.Http2.Protocol
        : protocol.SequenceEqual(SslApplicationProtocol.Http11.Protocol.Span) ? SslApplicationProtocol.Http11.Protocol
        : protocol.ToArray();

    private sealed record Dated(TlsContext Context, DateTimeOffset At);

    private sealed class Plain(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "A TLS handshake on {Listener} failed: {Reason}")]
        public static partial void Failed(ILogger logger, ListenerKind listener, string reason);
    }
}
