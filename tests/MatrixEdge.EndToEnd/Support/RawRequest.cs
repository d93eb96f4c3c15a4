using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>What no well-behaved client sends: any bytes over TLS, and what comes back until the answer is complete.</summary>
internal sealed record RawRequest(int Status, string Text)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Status 0 is a connection that was closed without an answer.</summary>
    public static async Task<RawRequest> SendAsync(int port, TestAuthority authority, string request, CancellationToken cancellationToken, IPAddress? from = null)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(from ?? IPAddress.Loopback, 0));
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), limit.Token);
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(authority.Trust(), limit.Token);
        await tls.WriteAsync(Encoding.Latin1.GetBytes(request), limit.Token);

        var received = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (!IsComplete(received.ToString()) && await tls.ReadAsync(buffer, limit.Token) is > 0 and var read)
                received.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (IOException)
        {
            // Cut off: what came before is the answer.
        }

        var text = received.ToString();
        var status = text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0;
        return new RawRequest(status, text);
    }

    private static bool IsComplete(string answer)
    {
        var end = answer.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;

        const string Length = "\r\nContent-Length: ";
        var length = answer.IndexOf(Length, 0, end, StringComparison.OrdinalIgnoreCase);
        return length >= 0
            ? answer.Length - end - 4 >= int.Parse(answer.AsSpan(length + Length.Length, answer.IndexOf('\r', length + 2) - length - Length.Length), CultureInfo.InvariantCulture)
            : answer.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal);
    }
}
