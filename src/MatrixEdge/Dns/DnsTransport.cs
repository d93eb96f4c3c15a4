using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.Dns;

/// <summary>Carries octets to a server and back; what they mean is the caller's matter.</summary>
internal static class DnsTransport
{
    /// <summary>
    /// One exchange over a connection of its own (RFC 7766).
    /// </summary>
    /// <exception cref="SocketException">No connection.</exception>
    /// <exception cref="IOException">It broke before the whole answer was there.</exception>
    public static async Task<byte[]> ExchangeByTcpAsync(IPEndPoint server, ReadOnlyMemory<byte> request, CancellationToken stop)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, stop);
        await using var stream = new NetworkStream(socket);

        // Length and message in one segment: some servers take two for two messages (RFC 7766 §8).
        var framed = new byte[2 + request.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, checked((ushort)request.Length));
        request.CopyTo(framed.AsMemory(2));
        await stream.WriteAsync(framed, stop);

        var length = new byte[2];
        await stream.ReadExactlyAsync(length, stop);
        var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(answer, stop);
        return answer;
    }

    /// <summary>
    /// One question and the first datagram from that very server that <paramref name="accept"/> takes for its answer. Each question
    /// goes out from a port that the system chooses anew, so that guessing it is as hard as RFC 5452 §9 asks.
    /// </summary>
    /// <exception cref="SocketException">It cannot be reached, or nothing listens there.</exception>
    public static async Task<T> ExchangeByUdpAsync<T>(IPEndPoint server, ReadOnlyMemory<byte> request, Func<ReadOnlyMemory<byte>, T?> accept, CancellationToken stop)
        where T : class
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp);

        // Connected: the kernel lets nothing through but what comes from there.
        await socket.ConnectAsync(server, stop);
        await socket.SendAsync(request, stop);

        var datagram = new byte[DnsMessage.LongestMessage];
        while (true)
        {
            var length = await socket.ReceiveAsync(datagram, stop);
            if (accept(datagram.AsMemory(0, length)) is { } accepted)
                return accepted;
        }
    }
}
