using System.Text;
using MatrixEdge.Proxying.Http1;

namespace MatrixEdge.Tests.Proxying.Http1;

/// <summary>Nothing gets into the head of a request that could make another request of it.</summary>
public sealed class HeadBufferTests
{
    private readonly HeadBuffer head = new();

    [Fact]
    public void Is_written_as_it_stands_on_the_wire()
    {
        head.WriteRequestLine("PUT", "/_matrix/%2F?a=b");
        head.WriteField("X-Odd", "caf\u00e9\t\u00ff");
        head.WriteLength(7);
        head.WriteEnd();

        Assert.Equal("PUT /_matrix/%2F?a=b HTTP/1.1\r\nX-Odd: caf\u00e9\t\u00ff\r\nContent-Length: 7\r\n\r\n", Encoding.Latin1.GetString(head.Written.Span));
    }

    [Theory]
    [InlineData("GET /x HTTP/1.1\r\nX:", "/")]
    [InlineData("", "/")]
    [InlineData("G\u00e9T", "/")]
    [InlineData("GET", "")]
    [InlineData("GET", "/a b")]
    [InlineData("GET", "/a\r\nX: 1")]
    [InlineData("GET", "/\u0100")]
    [InlineData("GET", "/\u007f")]
    public void Takes_no_request_line_that_would_be_another_one(string method, string target) =>
        Assert.Throws<MessageException>(() => head.WriteRequestLine(method, target));

    [Theory]
    [InlineData("X-A", "a\r\nContent-Length: 5")]
    [InlineData("X-A", "a\nb")]
    [InlineData("X-A", "a\rb")]
    [InlineData("X-A", "a\0b")]
    [InlineData("X-A: b\r\nX", "c")]
    [InlineData("X A", "b")]
    [InlineData("X-A:", "b")]
    [InlineData("", "b")]
    public void Takes_no_field_that_would_be_another_one(string name, string value) =>
        Assert.Throws<MessageException>(() => head.WriteField(name, value));

    [Fact]
    public void Chunks_end_only_where_they_are_ended()
    {
        head.WriteChunk("hello"u8);
        head.WriteChunk([]);
        head.WriteChunk(new byte[300]);
        head.WriteLastChunk();

        Assert.Equal($"5\r\nhello\r\n12c\r\n{new string('\0', 300)}\r\n0\r\n\r\n", Encoding.Latin1.GetString(head.Written.Span));
    }

    [Fact]
    public void Grows_with_what_is_written_and_begins_anew()
    {
        var random = new Random(1);
        using var expected = new MemoryStream();
        for (var i = 0; i < 50; i++)
        {
            var bytes = new byte[random.Next(5000)];
            random.NextBytes(bytes);
            head.Write(bytes);
            expected.Write(bytes);
        }

        Assert.True(head.Written.Span.SequenceEqual(expected.ToArray()));
        head.Shrink();
        Assert.Equal(0, head.Length);
        head.Write("x"u8);
        Assert.Equal([(byte)'x'], head.Written.ToArray());
    }
}
