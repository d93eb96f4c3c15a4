using System.Buffers;
using System.Text;
using MatrixEdge.Protocol;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// Where the head of a request, and as much of its body as has come, is put together. The last place where a request can be kept from
/// becoming another one (RFC 9112 §11.1): no name, value or target gets in that could end its line.
/// </summary>
internal sealed class HeadBuffer : IFieldWriter
{
    // What is kept for the next request; one that needed more gives it back.
    private const int Usual = 2048;

    private byte[] bytes = new byte[Usual];
    private int length;

    public ReadOnlyMemory<byte> Written => bytes.AsMemory(0, length);

    public int Length => length;

    /// <summary>Begins anew, in the same memory.</summary>
    public void Clear() => length = 0;

    /// <summary>Begins anew, in the memory that requests usually need.</summary>
    public void Shrink()
    {
        length = 0;
        if (bytes.Length == Usual)
            return;

        ArrayPool<byte>.Shared.Return(bytes);
        bytes = new byte[Usual];
    }

    /// <exception cref="MessageException">Method or target cannot stand in a request line (RFC 9112 §3).</exception>
    public void WriteRequestLine(string method, ReadOnlySpan<char> target)
    {
        if (method.Length == 0 || method.AsSpan().ContainsAnyExcept(Grammar.TokenLetters))
            throw new MessageException("the method is no token");
        if (!RequestTarget.IsWellFormed(target))
            throw new MessageException("the target holds bytes that no target may hold");

        Write(method);
        Write(" "u8);
        Write(target);
        Write(" HTTP/1.1\r\n"u8);
    }

    public void WriteField(string name, ReadOnlySpan<char> value)
    {
        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(Grammar.TokenLetters))
            throw new MessageException("the name of a header is no token");
        if (value.ContainsAny(Grammar.Forbidden))
            throw new MessageException($"the value of {name} holds bytes that no header may hold");

        Write(name);
        Write(": "u8);
        Write(value);
        Write("\r\n"u8);
    }

    public void WriteLength(long value)
    {
        Span<char> digits = stackalloc char[20];
        value.TryFormat(digits, out var count, provider: System.Globalization.CultureInfo.InvariantCulture);
        WriteField("Content-Length", digits[..count]);
    }

    /// <summary>One piece of a body whose length is not known (RFC 9112 §7.1).</summary>
    public void WriteChunk(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return; // would end the body

        Span<char> digits = stackalloc char[8];
        data.Length.TryFormat(digits, out var count, "x", System.Globalization.CultureInfo.InvariantCulture);
        Write(digits[..count]);
        Write("\r\n"u8);
        Write(data);
        Write("\r\n"u8);
    }

    public void WriteLastChunk() => Write("0\r\n\r\n"u8);

    public void WriteEnd() => Write("\r\n"u8);

    /// <summary>For a body that goes out together with the head.</summary>
    public void Write(ReadOnlySpan<byte> more)
    {
        more.CopyTo(Reserve(more.Length));
        length += more.Length;
    }

    private void Write(ReadOnlySpan<char> more) => length += Encoding.Latin1.GetBytes(more, Reserve(more.Length));

    private Span<byte> Reserve(int more)
    {
        if (bytes.Length - length < more)
            Grow(length + more);
        return bytes.AsSpan(length);
    }

    private void Grow(int least)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(bytes.Length * 2, least));
        bytes.AsSpan(0, length).CopyTo(larger);
        if (bytes.Length > Usual)
            ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
