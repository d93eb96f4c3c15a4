using System.Buffers.Binary;
using System.Net.Security;
using System.Text;

namespace MatrixEdge.Tests.Support;

/// <summary>HTTP/2 (RFC 9113) by hand, to send what no client library would: header values byte for byte.</summary>
internal static class RawHttp2
{
    private const byte Data = 0, Headers = 1, ResetStream = 3, Settings = 4, GoAway = 7;

    /// <summary>One request on stream 1; returns the answer's body, or the name of the frame that refused it.</summary>
    public static async Task<string> ExchangeAsync(SslStream stream, params (string Name, string Value)[] fields)
    {
        var block = new List<byte>();
        foreach (var (name, value) in fields)
        {
            // A literal without indexing, neither part compressed (RFC 7541 §6.2.2).
            block.Add(0);
            AddText(block, name);
            AddText(block, value);
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        await stream.WriteAsync(Frame(Settings, 0, 0, []));
        await stream.WriteAsync(Frame(Headers, 0x5, 1, [.. block])); // END_STREAM, END_HEADERS

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var body = new MemoryStream();
        var head = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(head, limit.Token);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, limit.Token);
            switch (head[3])
            {
                case Data:
                    body.Write(payload);
                    break;
                case ResetStream:
                    return "RST_STREAM";
                case GoAway:
                    return "GOAWAY";
            }

            if (head[3] is Data or Headers && (head[4] & 1) != 0)
                return Encoding.UTF8.GetString(body.ToArray());
        }
    }

    private static byte[] Frame(byte type, byte flags, int streamId, byte[] payload)
    {
        var frame = new byte[9 + payload.Length];
        (frame[0], frame[1], frame[2]) = ((byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), streamId);
        payload.CopyTo(frame, 9);
        return frame;
    }

    // An integer with a prefix of seven bits (RFC 7541 §5.1), then the bytes.
    private static void AddText(List<byte> block, string text)
    {
        var length = text.Length;
        if (length < 127)
        {
            block.Add((byte)length);
        }
        else
        {
            block.Add(127);
            for (length -= 127; length >= 128; length /= 128)
                block.Add((byte)((length % 128) + 128));
            block.Add((byte)length);
        }

        block.AddRange(Encoding.Latin1.GetBytes(text));
    }
}
