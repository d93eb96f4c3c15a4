using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MatrixEdge.Tests.Support;

/// <summary>
/// A homeserver made of bare sockets: keeps each request exactly as it came and answers by a function, down to bytes that
/// are no HTTP at all.
/// </summary>
internal sealed class RawBackend : IAsyncDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource stop = new();
    private readonly Func<RawRequest, RawConnection, Task> answer;
    private readonly Task loop;
    private int connections;

    public RawBackend(Func<RawRequest, RawConnection, Task> answer, int port = 0)
    {
        this.answer = answer;
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(4096);
        loop = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>All requests but the gateway's own questions.</summary>
    public ConcurrentQueue<RawRequest> Requests { get; } = new();

    /// <summary>False: a connection is reset as soon as a request's head is read.</summary>
    public bool ReadsBodies { get; init; } = true;

    /// <summary>True: the answer is asked for when the head is read, and the body left on the connection.</summary>
    public bool LeavesBodies { get; init; }

    public int Connections => Volatile.Read(ref connections);

    /// <summary>Answers everything with 200 and this body.</summary>
    public static RawBackend Answering(string body = "{}", string headers = "") => new((_, connection) => connection.SendAsync(
        $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"));

    public async Task<RawRequest> NextRequestAsync()
    {
        for (var i = 0; i < 1500; i++)
        {
            if (Requests.TryDequeue(out var request))
                return request;
            await Task.Delay(20);
        }

        throw new TimeoutException("No request came");
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await loop;
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stop.Token);
                socket.NoDelay = true;
                Interlocked.Increment(ref connections);
                _ = ServeAsync(socket);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var connection = new RawConnection(socket, stop.Token);
        try
        {
            while (await connection.ReadRequestAsync(ReadsBodies && !LeavesBodies) is { } request)
            {
                if (!ReadsBodies)
                {
                    connection.Reset();
                    return;
                }

                // The gateway's own questions about versions and limits are no part of a test.
                if (!request.IsGatewaysOwn)
                    Requests.Enqueue(request);
                await answer(request, connection);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
        }
    }
}

/// <summary>A request as it came: the head byte for byte (Latin-1), the body decoded from its chunks if it had any.</summary>
internal sealed record RawRequest(string Head, byte[] Body)
{
    public string Line => Head[..Head.IndexOf("\r\n", StringComparison.Ordinal)];

    public string Method => Line[..Line.IndexOf(' ', StringComparison.Ordinal)];

    public string Target => Line[(Line.IndexOf(' ', StringComparison.Ordinal) + 1)..Line.LastIndexOf(' ')];

    public bool IsGatewaysOwn => Header("User-Agent").SequenceEqual(["MatrixEdge"]);

    /// <summary>Header lines in order, names as sent.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers =>
        [.. Head.Split("\r\n").Skip(1).Where(line => line.Length > 0).Select(line => (line[..line.IndexOf(':', StringComparison.Ordinal)], line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim(' ', '\t')))];

    public IReadOnlyList<string> Header(string name) =>
        [.. Headers.Where(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value)];
}

/// <summary>One connection to the raw backend.</summary>
internal sealed class RawConnection(Socket socket, CancellationToken stop) : IAsyncDisposable
{
    private readonly NetworkStream stream = new(socket, ownsSocket: true);
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    public CancellationToken Stop => stop;

    public async Task<RawRequest?> ReadRequestAsync(bool withBody = true)
    {
        var head = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            if (line is null)
                return null;
            if (line.Length == 0)
                break;
            head.Append(line).Append("\r\n");
        }

        var request = new RawRequest(head.ToString(), []);
        if (!withBody)
            return request;
        if (request.Header("Transfer-Encoding").Count > 0)
            return request with { Body = await ReadChunksAsync() };
        if (request.Header("Content-Length") is [var length])
            return request with { Body = await ReadExactlyAsync(int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)) };
        return request;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes) => await stream.WriteAsync(bytes, stop);

    /// <summary>True when the other side closed or reset the connection; waits for it.</summary>
    public async Task<bool> WaitForCloseAsync()
    {
        try
        {
            return await stream.ReadAsync(new byte[1], stop) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public async Task<int> ReadSomeAsync(byte[] into) => await stream.ReadAsync(into, stop);

    public void Reset()
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var line = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (line >= 0)
            {
                var text = Encoding.Latin1.GetString(buffer, start, line);
                start += line + 2;
                return text;
            }

            if (!await FillAsync())
                return null;
        }
    }

    private async Task<byte[]> ReadExactlyAsync(int length)
    {
        var bytes = new byte[length];
        var buffered = Math.Min(length, end - start);
        Array.Copy(buffer, start, bytes, 0, buffered);
        start += buffered;
        await stream.ReadExactlyAsync(bytes.AsMemory(buffered), stop);
        return bytes;
    }

    private async Task<byte[]> ReadChunksAsync()
    {
        using var body = new MemoryStream();
        while (true)
        {
            var size = int.Parse((await ReadLineAsync())!, System.Globalization.NumberStyles.HexNumber, System.Globalization.CultureInfo.InvariantCulture);
            body.Write(await ReadExactlyAsync(size));
            if (size == 0)
            {
                while (await ReadLineAsync() is { Length: > 0 })
                {
                }

                return body.ToArray();
            }

            await ReadLineAsync();
        }
    }

    private async Task<bool> FillAsync()
    {
        if (start > 0)
        {
            Array.Copy(buffer, start, buffer, 0, end - start);
            end -= start;
            start = 0;
        }

        if (end == buffer.Length)
            Array.Resize(ref buffer, buffer.Length * 2);
        var read = await stream.ReadAsync(buffer.AsMemory(end), stop);
        end += read;
        return read > 0;
    }
}
