using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using MatrixEdge.Proxying.Http1;
using Microsoft.AspNetCore.Http.Features;

namespace MatrixEdge.Proxying;

/// <summary>
/// Passes a request to a program behind the gateway and its answer back, over HTTP/1.1 and both as streams: what has come goes on
/// before more is waited for. This is the hot path: what there is of a request leaves in one write, what comes of an answer reaches
/// the client's memory without another copy where it is large. What goes wrong is told to the caller, who answers.
/// </summary>
internal sealed class Passage(UpstreamConnections connections, TimeProvider time)
{
    private const string Expectation = "100-continue";

    // How much of a body is gathered before it is written, if it comes without a wait.
    private const int MostGathered = 32 * 1024;

    // A homeserver that knows no `100 Continue` is not waited for longer than other clients do.
    private static readonly TimeSpan PatienceForContinue = TimeSpan.FromSeconds(1);

    /// <param name="silence">How long neither side need send a byte.</param>
    /// <param name="stop">Ends the passage for the gateway's sake.</param>
    /// <returns>How it ended, and the exception that ended it if there was one.</returns>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<PassageResult> RunAsync(HttpContext context, Exchange exchange, Upstream upstream, TimeSpan silence, CancellationToken stop)
    {
        var begin = time.GetTimestamp();
        var method = context.Request.Method;
        var pool = connections.PoolOf(upstream, context.Request);
        pool.Place.NoteRunning(1);
        try
        {
            while (true)
            {
                BackendConnection connection;
                try
                {
                    connection = pool.TryRent() ?? await pool.ConnectAsync(context.RequestAborted, stop);
                }
                catch (OperationCanceledException)
                {
                    return new PassageResult(context.RequestAborted.IsCancellationRequested ? PassageEnd.ClientGone : PassageEnd.Stopped);
                }
                catch (Exception exception) when (exception is SocketException or IOException or AuthenticationException or TimeoutException)
                {
                    connections.Metrics.NoteAnswer(pool.Place, method, null, time.GetElapsedTime(begin));
                    return new PassageResult(PassageEnd.Unreachable, exception);
                }

                PassageResult result;
                try
                {
                    result = await RunAsync(context, exchange, upstream, connection, silence, stop);
                }
                catch
                {
                    connection.Dispose(); // nobody else knows of it
                    throw;
                }

                if (connection.Answered is { } answered)
                    connections.Metrics.NoteAnswer(pool.Place, method, connection.Answer.Status, time.GetElapsedTime(begin, answered));
                if (result.End == PassageEnd.Answered)
                {
                    pool.Return(connection);
                    return result;
                }

                var isToBeRepeated = result.End == PassageEnd.NoAnswer && CanRepeat(context, connection, result.Exception);
                connection.Dispose();
                if (isToBeRepeated)
                    continue;

                if (connection.Answered is null && result.End != PassageEnd.NoRequest)
                    connections.Metrics.NoteAnswer(pool.Place, method, null, time.GetElapsedTime(begin));
                return result;
            }
        }
        finally
        {
            pool.Place.NoteRunning(-1);
        }
    }

    // RFC 9110 §9.2.2. A connection that has served before may end just when it is used again, and nobody is to blame. Whatever else
    // went wrong may have been done all the same.
    private static bool CanRepeat(HttpContext context, BackendConnection connection, Exception? exception) =>
        connection.WasUsed && connection.Buffered.IsEmpty && exception is not MessageException
        && !HasBody(context) && context.Request.Method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE";

    private static bool HasBody(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false };

    // On a connection that serves for nothing else afterwards, unless the request is answered.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<PassageResult> RunAsync(
        HttpContext context, Exchange exchange, Upstream upstream, BackendConnection connection, TimeSpan silence, CancellationToken stop)
    {
        var body = HasBody(context) ? context.Request.BodyReader : null;
        try
        {
            upstream.Transformer.WriteHead(connection.Request, context, exchange, body is not null);
        }
        catch (MessageException exception)
        {
            return new PassageResult(PassageEnd.NoRequest, exception);
        }

        connection.Begin(silence);
        using var gone = context.RequestAborted.UnsafeRegister(static connection => ((BackendConnection)connection!).End(EndedBy.Client), connection);
        using var stopped = stop.UnsafeRegister(static connection => ((BackendConnection)connection!).End(EndedBy.Stop), connection);
        Task<PassageEnd>? sending = null;
        try
        {
            if (body is null)
            {
                await connection.WriteAsync(connection.Request.Written);
            }
            else if (context.Request.Headers.Expect.ToString().Equals(Expectation, StringComparison.OrdinalIgnoreCase))
            {
                // RFC 9110 §10.1.1: the homeserver says whether it wants the body, or answers without.
                await connection.WriteAsync(connection.Request.Written);
                connection.Request.Clear();
                var reading = AnswerPassage.ReadHeadAsync(connection, isContinueAwaited: true);
                if (await Task.WhenAny(reading, Task.Delay(PatienceForContinue, CancellationToken.None)) != reading || connection.Answer.Status == StatusCodes.Status100Continue)
                    sending = SendAsync(context, body, connection);
                await reading;
            }
            else
            {
                sending = SendAsync(context, body, connection);
            }

            while (!AnswerPassage.TryReadHead(connection))
                AnswerPassage.KeepOrFail(connection, await connection.FillAsync());
            exchange.Running?.NoteAnswered();
            exchange.IsAnswered = true;
            await AnswerPassage.RunAsync(context, exchange, upstream.Backend, connection);

            // All is said: what the client may still be sending is wanted by nobody.
            if (body is not null && sending is not { IsCompletedSuccessfully: true, Result: PassageEnd.Answered })
                await EndSendingAsync(connection, sending);
            return new PassageResult(PassageEnd.Answered);
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException or MessageException)
        {
            var endedBy = connection.EndedBy;
            var sent = body is null ? PassageEnd.Answered : await EndSendingAsync(connection, sending);
            var result = new PassageResult(Explain(context, exchange, endedBy, sent), exception);
            if (!context.Response.HasStarted && exchange.Sent == 0)
            {
                context.Response.Clear(); // of the head that was to go out with the body
                exchange.IsAnswered = false;
            }

            return result;
        }
    }

    private static PassageEnd Explain(HttpContext context, Exchange exchange, EndedBy endedBy, PassageEnd sent) => endedBy switch
    {
        _ when endedBy == EndedBy.Client || context.RequestAborted.IsCancellationRequested => PassageEnd.ClientGone,
        EndedBy.Stop => PassageEnd.Stopped,
        _ when context.Response.HasStarted || exchange.Sent > 0 => PassageEnd.BrokenOff,
        _ when sent is PassageEnd.ClientBody or PassageEnd.ClientBodyTooLarge => sent,
        EndedBy.Silence => PassageEnd.Silence,
        _ => PassageEnd.NoAnswer,
    };

    /// <summary>Sends what stands in the connection's buffer, and the body behind it as it comes.</summary>
    private static async Task<PassageEnd> SendAsync(HttpContext context, PipeReader body, BackendConnection connection)
    {
        var request = connection.Request;
        var isChunked = context.Request.ContentLength is null;

        // Not by the token: after a read that ends with an exception Kestrel cannot pass over the rest of the body. So each read is
        // waited for, and what it gave is given back.
        using var ended = connection.Ended.UnsafeRegister(static body => ((PipeReader)body!).CancelPendingRead(), body);
        try
        {
            while (true)
            {
                var reading = body.ReadAsync(CancellationToken.None);
                var isTaken = reading.IsCompleted || request.Length == 0 || await TryWriteAsync(connection);
                if (!isTaken)
                    body.CancelPendingRead();

                var result = await reading;
                if (result.IsCanceled || !isTaken)
                {
                    body.AdvanceTo(result.Buffer.Start);
                    return PassageEnd.NoAnswer;
                }

                connection.NoteLife();
                foreach (var piece in result.Buffer)
                {
                    if (isChunked)
                        request.WriteChunk(piece.Span);
                    else
                        request.Write(piece.Span);
                    isTaken = request.Length < MostGathered || await TryWriteAsync(connection);
                    if (!isTaken)
                        break;
                }

                body.AdvanceTo(result.Buffer.End);
                if (!isTaken)
                    return PassageEnd.NoAnswer;
                if (!result.IsCompleted)
                    continue;

                if (isChunked)
                    request.WriteLastChunk();
                return request.Length == 0 || await TryWriteAsync(connection) ? PassageEnd.Answered : PassageEnd.NoAnswer;
            }
        }
        catch (BadHttpRequestException exception)
        {
            connection.End(EndedBy.Us);
            return exception.StatusCode == StatusCodes.Status413PayloadTooLarge ? PassageEnd.ClientBodyTooLarge : PassageEnd.ClientBody;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            if (connection.EndedBy != EndedBy.Nobody)
                return PassageEnd.NoAnswer; // and the client is not to blame

            connection.End(EndedBy.Us);
            return PassageEnd.ClientBody;
        }
    }

    // A homeserver that takes no more may have said why: whoever reads its answer finds out.
    private static async ValueTask<bool> TryWriteAsync(BackendConnection connection)
    {
        try
        {
            await connection.WriteAsync(connection.Request.Written);
            connection.Request.Clear();
            return true;
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    // The connection with half a request on it is of no more use.
    private static async ValueTask<PassageEnd> EndSendingAsync(BackendConnection connection, Task<PassageEnd>? sending)
    {
        connection.End(EndedBy.Us);
        return sending is null ? PassageEnd.NoAnswer : await sending;
    }
}
