using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MatrixEdge.Listening.Tls;

/// <summary>
/// Secures connections by OpenSSL itself, in place of Kestrel's middleware on <see cref="SslStream"/>: bytes are copied half as often, several
/// records leave with one system call and without changing threads, a connection that waits keeps no buffers, and the client's choice among ciphers counts.
/// </summary>
internal sealed partial class TlsTermination(TlsHandshakes handshakes, HandshakeMetrics metrics, TimeProvider time, ILogger<TlsTermination> logger)
{
    private const int Tls13 = 0x0304;

    // Held by what they were made of, which is held by what is served: gone with the certificate and its last connection.
    private readonly ConditionalWeakTable<SslServerAuthenticationOptions, TlsContext> contexts = [];

    /// <summary>
    /// Whether this is used. It is wherever OpenSSL 3 is; elsewhere the framework's TLS has to do. The switch <c>MatrixEdge.OwnTls</c> of the
    /// runtime's configuration turns it off.
    /// </summary>
    public static bool IsOwn => OpenSsl.IsThere && (!AppContext.TryGetSwitch("MatrixEdge.OwnTls", out var isOn) || isOn);

    /// <summary>Stands where TLS ends; what comes behind it sees plain bytes.</summary>
    public ConnectionDelegate For(ListenerKind listener, ConnectionDelegate next) => connection => SecureAsync(listener, connection, next);

    private async Task SecureAsync(ListenerKind listener, ConnectionContext connection, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        using var session = await HandshakeAsync(listener, connection, transport);
        if (session is null)
            return;

        var pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool ?? MemoryPool<byte>.Shared;
        var stream = new TlsStream(transport.Input, session);
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
            connection.Transport = transport;
            await CloseAsync(plain, session);
        }
    }

    // Null when there is nothing to go on with; then the client has been told, as far as it listens.
    private async Task<TlsSession?> HandshakeAsync(ListenerKind listener, ConnectionContext connection, IDuplexPipe transport)
    {
        var begun = metrics.Begin(connection);
        TlsSession? session = null;
        string? version = null;
        string? fault = null;
        try
        {
            using var limit = new CancellationTokenSource(TlsHandshakes.Timeout, time);
            var (isDecided, hello) = await ClientHello.PeekAsync(transport.Input, limit.Token);
            if (!isDecided)
            {
                fault = typeof(OperationCanceledException).FullName;
                return null;
            }

            var options = handshakes.Choose(listener, connection, hello?.ServerName);
            session = new TlsSession(contexts.GetValue(options, TlsContext.Create), connection);
            if (!await HandshakeAsync(session, transport.Input, limit.Token))
            {
                fault = typeof(IOException).FullName;
                return null;
            }

            version = session.Version == Tls13 ? "1.3" : "1.2";
            var features = new TlsFeatures(Known(session.Protocol));
            connection.Features.Set<ITlsConnectionFeature>(features);
            connection.Features.Set<ITlsApplicationProtocolFeature>(features);
            if (connection.Features.Get<IConnectionMetricsTagsFeature>() is { } tags)
                tags.Tags.Add(new("tls.protocol.version", version));
            var made = session;
            session = null;
            return made;
        }
        catch (Exception exception) when (exception is AuthenticationException or CryptographicException or OperationCanceledException or IOException)
        {
            fault = exception.GetType().FullName;
            Log.Failed(logger, listener, exception.Message);
            return null;
        }
        finally
        {
            session?.Dispose();
            metrics.End(connection, begun, version, fault);
        }
    }

    // False when the client went away.
    private static async Task<bool> HandshakeAsync(TlsSession session, PipeReader input, CancellationToken limit)
    {
        while (true)
        {
            var read = await input.ReadAsync(limit);
            var rest = read.Buffer;
            var progress = TlsSession.Progress.Closed;
            try
            {
                progress = session.Handshake(ref rest);
            }
            finally
            {
                input.AdvanceTo(rest.Start, progress == TlsSession.Progress.Done ? rest.Start : rest.End);

                // The last that is said in TLS 1.3 are tickets, for which no client waits: they go with the first answer.
                if (progress != TlsSession.Progress.Done || session.Version != Tls13)
                    await session.FlushAsync(limit);
            }

            if (progress == TlsSession.Progress.Done)
                return true;
            if (progress == TlsSession.Progress.Closed || read.IsCompleted)
                return false;
        }
    }

    private static async Task CloseAsync(Plain plain, TlsSession session)
    {
        try
        {
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
