using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>Asks one name server one question over TCP, and believes it (RFC 1035 §4).</summary>
internal static class DnsQuery
{
    public const ushort A = 1, Cname = 5, Soa = 6, Txt = 16, Aaaa = 28, Caa = 257;

    private const ushort Internet = 1;
    private const int HeaderLength = 12;

    /// <summary>The answer's code (0 found, 2 server failure, 3 no such name, 5 refused) and its records.</summary>
    /// <exception cref="SocketException">Nobody listens there.</exception>
    /// <exception cref="EndOfStreamException">The server hung up.</exception>
    public static async Task<(int Code, IReadOnlyList<Record> Answers)> AskAsync(
        IPEndPoint server, string name, ushort type, CancellationToken cancellationToken)
    {
        using var client = new TcpClient(server.AddressFamily) { NoDelay = true };
        await client.ConnectAsync(server, cancellationToken);
        var stream = client.GetStream();

        var question = Question(name, type);
        await stream.WriteAsync(question, cancellationToken);
        var length = new byte[2];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        await stream.ReadExactlyAsync(message, cancellationToken);
        Assert.Equal(question.AsSpan(2, 2).ToArray(), message[..2]);
        return (message[3] & 0xf, Answers(message));
    }

    /// <summary>The texts at a name; empty when there are none, or no such name.</summary>
    public static async Task<IReadOnlyList<string>> TextsAsync(IPEndPoint server, string name, CancellationToken cancellationToken)
    {
        var (code, answers) = await AskAsync(server, name, Txt, cancellationToken);
        Assert.True(code is 0 or 3, $"{server} answers {code} when asked for the texts of {name}");
        return [.. answers.Where(answer => answer.Type == Txt).Select(answer => answer.Text)];
    }

    private static byte[] Question(string name, ushort type)
    {
        var message = new MemoryStream();
        void Add(int number) => message.Write([(byte)(number >> 8), (byte)number]);

        Add(0); // The length, which TCP puts in front.
        Add(Random.Shared.Next(0x10000));
        Add(0x0100); // Recursion desired.
        Add(1);
        Add(0);
        Add(0);
        Add(0);
        foreach (var label in name.TrimEnd('.').Split('.'))
        {
            message.WriteByte((byte)label.Length);
            message.Write(Encoding.ASCII.GetBytes(label));
        }

        message.WriteByte(0);
        Add(type);
        Add(Internet);
        var bytes = message.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        return bytes;
    }

    private static List<Record> Answers(byte[] message)
    {
        var at = HeaderLength;
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(4)); left > 0; left--)
        {
            ReadName(message, ref at);
            at += 4;
        }

        var answers = new List<Record>();
        for (var left = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(6)); left > 0; left--)
        {
            var name = ReadName(message, ref at);
            var type = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));
            var seconds = BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(at + 4));
            var length = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at + 8));
            at += 10;
            answers.Add(new Record(name, type, seconds, Text(message, type, at, length)));
            at += length;
        }

        return answers;
    }

    private static string Text(byte[] message, ushort type, int at, int length)
    {
        var data = message.AsSpan(at, length);
        switch (type)
        {
            case A or Aaaa:
                return new IPAddress(data).ToString();
            case Cname:
                return ReadName(message, ref at);
            case Txt:
                var text = new StringBuilder();
                for (var i = 0; i < length; i += 1 + data[i])
                    text.Append(Encoding.UTF8.GetString(data.Slice(i + 1, data[i])));
                return text.ToString();
            default:
                return Convert.ToHexStringLower(data);
        }
    }

    /// <summary>A name, following at most as many pointers as the message has bytes.</summary>
    private static string ReadName(byte[] message, ref int at)
    {
        var labels = new List<string>();
        var here = at;
        var jumped = false;
        for (var steps = 0; steps < message.Length; steps++)
        {
            var length = message[here];
            if (length >= 0xc0)
            {
                if (!jumped)
                    at = here + 2;
                jumped = true;
                here = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(here)) & 0x3fff;
                continue;
            }

            here++;
            if (length == 0)
            {
                if (!jumped)
                    at = here;
                return string.Join('.', labels);
            }

            labels.Add(Encoding.ASCII.GetString(message, here, length));
            here += length;
        }

        throw new InvalidDataException("A name in the answer has no end");
    }

    /// <summary>A record as a name server gave it.</summary>
    /// <param name="Name">Without the dot at its end.</param>
    /// <param name="Type">The number of the type.</param>
    /// <param name="Seconds">How long it may be kept.</param>
    /// <param name="Text">The address; the name; the text, its pieces joined; for other types the bytes in hexadecimal.</param>
    internal sealed record Record(string Name, ushort Type, uint Seconds, string Text);
}
