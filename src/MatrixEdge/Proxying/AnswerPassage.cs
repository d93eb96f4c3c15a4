using System.Globalization;
using System.Runtime.CompilerServices;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying.Http1;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MatrixEdge.Proxying;

/// <summary>The way back: reads an answer and passes it to the client as it comes (RFC 9112 §6.3 and §7.1).</summary>
internal static class AnswerPassage
{
    // A large body is read in pieces of this size, straight into the client's memory; below the large object heap's.
    private const int LargePiece = 64 * 1024;
    private const int SmallPiece = 4096;

    private const int MostInterim = 16;
    private const int LongestChunkLine = 4096;

    /// <summary>Reads heads until that of the answer itself.</summary>
    /// <param name="isContinueAwaited">Whether <c>100 Continue</c> is an answer, too.</param>
    /// <exception cref="MessageException">What came is no answer.</exception>
    public static async Task ReadHeadAsync(BackendConnection connection, bool isContinueAwaited)
    {
        while (!TryReadHead(connection, isContinueAwaited))
            KeepOrFail(connection, await connection.FillAsync());
    }

    /// <summary>Reads heads from what has come, up to that of the answer itself.</summary>
    /// <param name="isContinueAwaited">Whether <c>100 Continue</c> is an answer, too.</param>
    /// <returns>False when more must come. When it is over, it has been read.</returns>
    /// <exception cref="MessageException">What came is no answer.</exception>
    public static bool TryReadHead(BackendConnection connection, bool isContinueAwaited = false)
    {
        var answer = connection.Answer;
        while (answer.Status < StatusCodes.Status200OK)
        {
            var bytes = connection.Buffered.Span;
            var end = AnswerHead.FindEnd(bytes);
            if (end == 0 && !AnswerHead.CouldBe(bytes))
                throw new MessageException("what it says is no HTTP/1.1");
            if (end == 0)
                return false;

            answer.Read(bytes[..end]);
            connection.Take(end);
            if (!answer.IsInterim)
                connection.NoteAnswered();
            else if (answer.Status == StatusCodes.Status101SwitchingProtocols)
                throw new MessageException("it changes to another protocol, which nobody asked for");
            else if (isContinueAwaited && answer.Status == StatusCodes.Status100Continue)
                return true;
            else if (++connection.Interims == MostInterim)
                throw new MessageException($"it begins {MostInterim} answers and gives none");
        }

        return true;
    }

    /// <summary>Takes in what was waited for before the answer began.</summary>
    /// <exception cref="EndOfStreamException">There was nothing.</exception>
    public static void KeepOrFail(BackendConnection connection, int read)
    {
        if (!connection.TryKeep(read))
            throw new EndOfStreamException("the connection was closed before the answer");
    }

    /// <summary>Passes on the answer whose head was read.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public static async ValueTask RunAsync(HttpContext context, Exchange exchange, Backend backend, BackendConnection connection)
    {
        var answer = connection.Answer;
        CopyHead(context, answer);
        if (answer.HasNoBody && (answer.IsChunked || answer.ContentLength > 0) && answer.Status != StatusCodes.Status304NotModified)
            connection.WearOut(); // whatever comes there is no answer to anything
        if (HttpMethods.IsHead(context.Request.Method) || answer.HasNoBody)
            return;

        var offersLimit = backend is Homeserver && OffersUploadLimit(context, exchange, answer);
        var isRefusal = backend is Homeserver && IsRefusalOfSigned(context, answer);
        var overheard = offersLimit || isRefusal ? new OverheardBody(DateOf(answer)) : null;
        var client = new ClientBody(context.Response.BodyWriter, exchange, overheard);

        if (answer.IsChunked)
        {
            while (await ReadChunkLengthAsync(client, connection) is var length and > 0)
            {
                await CopyAsync(client, connection, length);
                await ReadEndOfChunkAsync(client, connection);
            }

            await ReadTrailersAsync(context, client, connection);
        }
        else if (answer.ContentLength is { } length)
        {
            await CopyAsync(client, connection, length);
        }
        else
        {
            // Until the connection ends, and only so: it cannot be used again.
            do
                CopyBuffered(client, connection, long.MaxValue);
            while (await FillAsync(client, connection));
            connection.WearOut();
        }

        if (isRefusal)
            exchange.Refusal = overheard;
        else if (offersLimit && HomeserverProbe.ReadUploadSize(overheard!.Kept.Span) is { } size)
            ((Homeserver)backend).UploadLimit.Learn(size, context.Request.Headers.Authorization, context.RequestServices.GetRequiredService<TimeProvider>());

        // Else head and body leave together when the request is over.
        if (context.Response.HasStarted)
            await client.FlushAsync(connection);
    }

    private static void CopyHead(HttpContext context, AnswerHead answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        if (answer.Reason.Length > 0 && answer.Reason != ReasonPhrases.GetReasonPhrase(answer.Status))
            context.Features.GetRequiredFeature<IHttpResponseFeature>().ReasonPhrase = answer.Reason;

        var headers = response.Headers;
        foreach (var (name, value) in answer.Fields)
        {
            var before = headers[name];
            headers[name] = before.Count == 0 ? value : StringValues.Concat(before, value);
        }

        if (answer.Status is not (StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent))
            response.ContentLength = answer.ContentLength; // RFC 9110 §8.6
    }

    private static async ValueTask<long> ReadChunkLengthAsync(ClientBody client, BackendConnection connection)
    {
        int end;
        while ((end = connection.Buffered.Span.IndexOf("\r\n"u8)) < 0)
        {
            if (connection.Buffered.Length > LongestChunkLine)
                throw new MessageException("the line before a chunk has no end");
            await FillOrFailAsync(client, connection);
        }

        var line = connection.Buffered.Span[..end];
        var digits = line[..(line.IndexOfAny(";\t "u8) is var other and >= 0 ? other : end)];
        if (digits.Length is 0 or > 15 || !long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) || line.ContainsAny(Grammar.Controls))
            throw new MessageException("the length of a chunk is no number");
        connection.Take(end + 2);
        return length;
    }

    private static async ValueTask ReadEndOfChunkAsync(ClientBody client, BackendConnection connection)
    {
        while (connection.Buffered.Length < 2)
            await FillOrFailAsync(client, connection);
        if (!connection.Buffered.Span.StartsWith("\r\n"u8))
            throw new MessageException("a chunk is longer than it says");
        connection.Take(2);
    }

    private static async ValueTask ReadTrailersAsync(HttpContext context, ClientBody client, BackendConnection connection)
    {
        while (true)
        {
            var bytes = connection.Buffered;
            if (bytes.Span.StartsWith("\r\n"u8))
            {
                connection.Take(2);
                return;
            }

            if (AnswerHead.FindEnd(bytes.Span) is var end and > 0)
            {
                connection.Answer.ReadTrailers(bytes.Span[..end]);
                connection.Take(end);
                break;
            }

            await FillOrFailAsync(client, connection);
        }

        if (context.Features.Get<IHttpResponseTrailersFeature>() is not { Trailers: { IsReadOnly: false } trailers })
            return;
        foreach (var (name, value) in connection.Answer.Fields)
            trailers[name] = StringValues.Concat(trailers[name], value);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private static async ValueTask CopyAsync(ClientBody client, BackendConnection connection, long left)
    {
        left -= CopyBuffered(client, connection, left);
        for (var piece = SmallPiece; left > 0;)
        {
            if (left <= SmallPiece)
            {
                await FillOrFailAsync(client, connection);
                left -= CopyBuffered(client, connection, left);
                continue;
            }

            await client.FlushAsync(connection);
            var memory = client.Writer.GetMemory((int)Math.Min(left, piece));
            memory = memory[..(int)Math.Min(left, memory.Length)];
            var read = await connection.ReadAsync(memory);
            if (read == 0)
                throw new EndOfStreamException("the connection was closed in the middle of the answer");

            client.Advance(memory.Span[..read]);
            left -= read;
            if (read == memory.Length)
                piece = LargePiece;
        }
    }

    private static long CopyBuffered(ClientBody client, BackendConnection connection, long most)
    {
        var bytes = connection.Buffered.Span;
        if (bytes.Length > most)
            bytes = bytes[..(int)most];
        client.Write(bytes);
        connection.Take(bytes.Length);
        return bytes.Length;
    }

    // What has come goes on while more is waited for.
    private static async ValueTask<bool> FillAsync(ClientBody client, BackendConnection connection)
    {
        var filling = connection.FillAsync();
        if (!filling.IsCompleted)
            await client.FlushAsync(connection);
        return connection.TryKeep(await filling);
    }

    private static async ValueTask FillOrFailAsync(ClientBody client, BackendConnection connection)
    {
        if (!await FillAsync(client, connection))
            throw new EndOfStreamException("the connection was closed in the middle of the answer");
    }

    // The one answer of which something is learned: some forty bytes, which Synapse sends without their length.
    private static bool OffersUploadLimit(HttpContext context, Exchange exchange, AnswerHead answer) =>
        answer.Status == StatusCodes.Status200OK && HttpMethods.IsGet(context.Request.Method)
        && exchange.Operation.Template.EndsWith("/config", StringComparison.Ordinal) && answer.Find(HeaderNames.ContentEncoding) is null;

    private static bool IsRefusalOfSigned(HttpContext context, AnswerHead answer) =>
        answer.Status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden
        && answer.Find(HeaderNames.ContentEncoding) is null && XMatrix.IsScheme(context.Request.Headers.Authorization.ToString());

    private static DateTimeOffset? DateOf(AnswerHead answer) => HeaderUtilities.TryParseDate(answer.Find(HeaderNames.Date), out var date) ? date : null;
}
