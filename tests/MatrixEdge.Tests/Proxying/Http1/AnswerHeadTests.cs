using System.Text;
using MatrixEdge.Proxying.Http1;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying.Http1;

/// <summary>Answers are read so strictly that no two programs could understand them differently.</summary>
public sealed class AnswerHeadTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK", 200, "OK")]
    [InlineData("HTTP/1.1 200 ", 200, "")]
    [InlineData("HTTP/1.1 200", 200, "")]
    [InlineData("HTTP/1.0 404 Words of its own", 404, "Words of its own")]
    [InlineData("HTTP/1.1 599 caf\u00e9", 599, "caf\u00e9")]
    public void Reads_the_status(string line, int status, string reason)
    {
        var answer = Read(line + "\r\n\r\n");

        Assert.Equal((status, reason), (answer.Status, answer.Reason));
    }

    [Theory]
    [InlineData("HTTP/1.1 2000 OK")]
    [InlineData("HTTP/1.1 20 OK")]
    [InlineData("HTTP/1.1 099 OK")]
    [InlineData("HTTP/1.1 -20 OK")]
    [InlineData("HTTP/1.1 +20 OK")]
    [InlineData("HTTP/1.1  200 OK")]
    [InlineData("HTTP/1.1\t200 OK")]
    [InlineData("HTTP/2.0 200 OK")]
    [InlineData("HTTP/1.2 200 OK")]
    [InlineData("http/1.1 200 OK")]
    [InlineData(" HTTP/1.1 200 OK")]
    [InlineData("HTTP/1.1 200 O\nK")]
    [InlineData("HTTP/1.1 200 O\0K")]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nno colon")]
    [InlineData("HTTP/1.1 200 OK\r\n: value")]
    [InlineData("HTTP/1.1 200 OK\r\nName : value")]
    [InlineData("HTTP/1.1 200 OK\r\n folded: value")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: 1\r\n 2")]
    [InlineData("HTTP/1.1 200 OK\r\nX(A): 1")]
    [InlineData("HTTP/1.1 200 OK\r\nX\u00e9: 1")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: a\nContent-Length: 5")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: a\rb")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: a\0b")]
    [InlineData("HTTP/1.1 200 OK\r\nX-A: a\u007fb")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +1")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1, 1")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0x10")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1 2")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked")]
    [InlineData("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked")]
    public void Refuses_what_could_be_read_in_two_ways(string head) => Assert.Throws<MessageException>(() => Read(head + "\r\n\r\n"));

    [Theory]
    [InlineData("Content-Length: 5", 5L, false, true)]
    [InlineData("content-length:   5  ", 5L, false, true)]
    [InlineData("Content-Length: 5\r\nContent-Length: 5", 5L, false, true)]
    [InlineData("Transfer-Encoding: Chunked", null, true, true)]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5", null, true, false)]
    [InlineData("Content-Length: 5\r\nConnection: close", 5L, false, false)]
    [InlineData("Content-Length: 5\r\nConnection: X-Mine , Close", 5L, false, false)]
    public void Knows_where_the_body_ends_and_whether_the_connection_goes_on(string headers, long? length, bool isChunked, bool isPersistent)
    {
        var answer = Read($"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n");

        Assert.Equal((length, isChunked, isPersistent), (answer.ContentLength, answer.IsChunked, answer.IsPersistent));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("Connection: keep-alive\r\n", true)]
    public void Keeps_a_connection_of_HTTP_1_0_only_if_that_is_offered(string headers, bool isPersistent) =>
        Assert.Equal(isPersistent, Read($"HTTP/1.0 200 OK\r\n{headers}Content-Length: 0\r\n\r\n").IsPersistent);

    [Fact]
    public void Passes_on_what_is_for_the_client()
    {
        var answer = Read(
            "HTTP/1.1 200 OK\r\nServer: Synapse/1.160.0\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX-Empty:\r\nX-Odd: \tcaf\u00e9  two\t\r\nConnection: X-Mine, keep-alive\r\nX-Mine: 1\r\n"
            + "Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nAlt-Svc: h3=\":8448\"\r\nTransfer-Encoding: chunked\r\n\r\n");

        Assert.Equal(
            ["Server=Synapse/1.160.0", "Set-Cookie=a=1", "set-cookie=b=2", "X-Empty=", "X-Odd=caf\u00e9  two"],
            answer.Fields.ToArray().Select(field => $"{field.Key}={field.Value}"));
    }

    [Fact]
    public void What_was_read_before_is_forgotten()
    {
        var answer = Read("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\nX-Old: 1\r\n\r\n");

        answer.Read("HTTP/1.1 200 OK\r\n\r\n"u8);

        Assert.Equal((200, null, false), (answer.Status, answer.ContentLength, answer.IsChunked));
        Assert.True(answer.Fields.IsEmpty);
    }

    [Fact]
    public void Is_recognised_from_its_first_byte()
    {
        Assert.True(AnswerHead.CouldBe(""u8));
        Assert.True(AnswerHead.CouldBe("H"u8));
        Assert.True(AnswerHead.CouldBe("HTTP/1."u8));
        Assert.False(AnswerHead.CouldBe("S"u8));
        Assert.False(AnswerHead.CouldBe("HTTP/2"u8));
        Assert.False(AnswerHead.CouldBe("HTTP/2 200"u8));
    }

    [Fact]
    public void Allocates_nothing_for_an_answer_like_the_last_one()
    {
        var answer = new AnswerHead();
        var head = Encoding.Latin1.GetBytes(
            "HTTP/1.1 200 OK\r\nServer: Synapse/1.160.0\r\nDate: Sat, 21 Nov 2026 20:52:04 GMT\r\nContent-Type: application/json\r\nCache-Control: no-cache, no-store, must-revalidate\r\n"
            + "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE, OPTIONS\r\nContent-Length: 70\r\n\r\n");

        Assert.Equal(0, Allocations.Of(() => answer.Read(head)));
    }

    private static AnswerHead Read(string head)
    {
        var answer = new AnswerHead();
        answer.Read(Encoding.Latin1.GetBytes(head));
        return answer;
    }
}
