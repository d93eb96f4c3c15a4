using System.Buffers;
using System.Net.Security;

namespace MatrixEdge.Tests.Support;

/// <summary>First words of TLS clients, as bytes.</summary>
internal static class ClientHellos
{
    /// <summary>What this framework's client really sends.</summary>
    public static async Task<byte[]> FromClientAsync(string serverName, params string[] protocols)
    {
        using var sent = new MemoryStream();
        using var silent = new OneWay(sent);
        using var tls = new SslStream(silent);
        await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName,
            ApplicationProtocols = protocols.Length == 0 ? null : [.. protocols.Select(protocol => new SslApplicationProtocol(protocol))],
        }));
        return sent.ToArray();
    }

    /// <summary>A handshake message of type client_hello with these extensions, without records around it.</summary>
    public static byte[] Message(params (int Type, byte[] Content)[] extensions) =>
        Message([.. extensions.SelectMany(extension => (byte[])[.. Number(extension.Type, 2), .. Number(extension.Content.Length, 2), .. extension.Content])]);

    public static byte[] Message(byte[] extensions)
    {
        byte[] body = [3, 3, .. new byte[32], 0, .. Number(2, 2), 0x13, 0x01, 1, 0, .. Number(extensions.Length, 2), .. extensions];
        return [1, .. Number(body.Length, 3), .. body];
    }

    public static (int Type, byte[] Content) ServerName(string name) =>
        (0, [.. Number(name.Length + 3, 2), 0, .. Number(name.Length, 2), .. System.Text.Encoding.ASCII.GetBytes(name)]);

    public static (int Type, byte[] Content) Protocols(params string[] names)
    {
        byte[] list = [.. names.SelectMany(name => (byte[])[(byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name)])];
        return (16, [.. Number(list.Length, 2), .. list]);
    }

    /// <summary>The message in records of at most so many bytes each.</summary>
    public static byte[] InRecords(byte[] message, int size = 1 << 14) =>
        [.. message.Chunk(size).SelectMany(fragment => (byte[])[22, 3, 1, .. Number(fragment.Length, 2), .. fragment])];

    public static byte[] Number(int value, int bytes) => [.. Enumerable.Range(0, bytes).Select(i => (byte)(value >> (8 * (bytes - 1 - i))))];

    /// <summary>The bytes in segments of at most so many bytes each.</summary>
    public static ReadOnlySequence<byte> InSegments(byte[] bytes, int size)
    {
        var first = new Segment(bytes.AsMemory(0, Math.Min(size, bytes.Length)), null);
        var last = first;
        for (var at = size; at < bytes.Length; at += size)
            last = new Segment(bytes.AsMemory(at, Math.Min(size, bytes.Length - at)), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            RunningIndex = before is null ? 0 : before.RunningIndex + before.Memory.Length;
            before?.Next = this;
        }
    }

    // Takes what is written and answers with the end.
    private sealed class OneWay(MemoryStream written) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => 0;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => written.Write(buffer, offset, count);
    }
}
