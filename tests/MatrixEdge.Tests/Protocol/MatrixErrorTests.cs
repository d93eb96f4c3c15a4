using System.Text.Json;
using MatrixEdge.Protocol;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.Tests.Protocol;

public class MatrixErrorTests
{
    private static readonly Dictionary<string, MatrixError> Errors = new()
    {
        ["not found"] = MatrixError.NotFound,
        ["no document"] = MatrixError.NoDocument,
        ["method"] = MatrixError.MethodNotAllowed("GET, HEAD"),
        ["host"] = MatrixError.UnknownHost,
        ["target"] = MatrixError.RefusedTarget,
        ["large"] = MatrixError.TooLarge(52_428_800),
        ["large, uneven"] = MatrixError.TooLarge(100_000_000),
        ["small"] = MatrixError.TooLarge(1536),
        ["tiny"] = MatrixError.TooLarge(7),
        ["unreachable"] = MatrixError.Unreachable("homeserver"),
        ["down"] = MatrixError.ShuttingDown,
        ["slow"] = MatrixError.TimedOut("homeserver"),
        ["bad"] = MatrixError.BadRequest("Ein \"Größe\"\nfehlt"),
    };

    [Theory]
    [InlineData("not found", 404, "M_UNRECOGNIZED", "Unrecognized request")]
    [InlineData("no document", 404, "M_NOT_FOUND", "This server does not publish this document")]
    [InlineData("method", 405, "M_UNRECOGNIZED", "This endpoint only understands GET, HEAD")]
    [InlineData("host", 421, "M_UNRECOGNIZED", "No Matrix server answers to this name here")]
    [InlineData("target", 400, "M_UNRECOGNIZED", "The path of this request is not one that Matrix uses")]
    [InlineData("large", 413, "M_TOO_LARGE", "This server accepts at most 50 MiB")]
    [InlineData("large, uneven", 413, "M_TOO_LARGE", "This server accepts at most 95.4 MiB")]
    [InlineData("small", 413, "M_TOO_LARGE", "This server accepts at most 1.5 KiB")]
    [InlineData("tiny", 413, "M_TOO_LARGE", "This server accepts at most 7 bytes")]
    [InlineData("unreachable", 502, "M_UNKNOWN", "The homeserver cannot be reached at the moment, please try again shortly")]
    [InlineData("down", 503, "M_UNKNOWN", "This server is restarting, please try again in a moment")]
    [InlineData("slow", 504, "M_UNKNOWN", "The homeserver took too long to answer, please try again shortly")]
    [InlineData("bad", 400, "M_UNKNOWN", "Ein \"Größe\"\nfehlt")]
    public async Task Is_a_standard_error_response_that_browsers_may_read(string which, int status, string errorCode, string message)
    {
        var error = Errors[which];
        await using var server = await Loopback.StartAsync(error.WriteAsync);

        using var response = await server.SendAsync("GET", "/");
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal((status, errorCode, message), (error.Status, error.ErrorCode, error.Message));
        Assert.Equal("application/json", response.Header("Content-Type"));
        Assert.Equal($"{body.Length}", response.Header("Content-Length"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        response.AssertReadableByEveryOrigin();
        using var document = JsonDocument.Parse(body);
        Assert.Equal(["errcode", "error"], document.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(errorCode, document.RootElement.GetProperty("errcode").GetString());
        Assert.Equal(message, document.RootElement.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData("not found", null, null)]
    [InlineData("method", null, "GET, HEAD")]
    [InlineData("large", null, null)]
    [InlineData("unreachable", "5", null)]
    [InlineData("down", "1", null)]
    [InlineData("slow", "10", null)]
    public async Task Says_when_to_come_back_and_what_is_allowed(string which, string? retryAfter, string? allow)
    {
        await using var server = await Loopback.StartAsync(Errors[which].WriteAsync);

        using var response = await server.SendAsync("GET", "/");

        Assert.Equal(retryAfter, response.Header("Retry-After"));
        Assert.Equal(allow, response.Header("Allow"));
    }

    [Theory]
    [InlineData(-1, "1", 1000)]
    [InlineData(0, "1", 1000)]
    [InlineData(20, "20", 20_000)]
    [InlineData(127, "127", 127_000)]
    [InlineData(128, "128", 128_000)]
    [InlineData(86_400, "86400", 86_400_000)]
    [InlineData(int.MaxValue, "2147483647", 2_147_483_647_000)]
    public async Task Says_until_when_there_are_too_many_requests_in_the_header_and_in_the_body(int seconds, string retryAfter, long milliseconds)
    {
        await using var server = await Loopback.StartAsync(MatrixError.LimitExceeded(seconds).WriteAsync);

        using var response = await server.SendAsync("GET", "/");

        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal(retryAfter, response.Header("Retry-After"));
        response.AssertReadableByEveryOrigin();
        using var document = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal("M_LIMIT_EXCEEDED", document.RootElement.GetProperty("errcode").GetString());
        Assert.Equal(milliseconds, document.RootElement.GetProperty("retry_after_ms").GetInt64());
    }

    [Fact]
    public async Task Sends_no_body_for_HEAD_but_its_length()
    {
        var context = new DefaultHttpContext { Request = { Method = "HEAD" }, Response = { Body = new MemoryStream() } };

        await MatrixError.NotFound.WriteAsync(context);

        Assert.Equal(0, context.Response.Body.Length);
        Assert.Equal("{\"errcode\":\"M_UNRECOGNIZED\",\"error\":\"Unrecognized request\"}".Length, context.Response.ContentLength);
    }

    [Fact]
    public async Task Drops_what_an_unfinished_answer_has_left_behind()
    {
        await using var server = await Loopback.StartAsync(context =>
        {
            context.Response.StatusCode = 200;
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.Headers.Append("Access-Control-Allow-Origin", "https://element.example.com");
            return MatrixError.Unreachable("homeserver").WriteAsync(context);
        });

        using var response = await server.SendAsync("GET", "/");

        Assert.Null(response.Header("Content-Encoding"));
        Assert.Equal("*", response.Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Cuts_off_an_answer_that_is_already_on_its_way()
    {
        await using var server = await Loopback.StartAsync(async context =>
        {
            await context.Response.WriteAsync("half an", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await MatrixError.TimedOut("homeserver").WriteAsync(context);
        });

        await Assert.ThrowsAsync<HttpRequestException>(() => server.SendAsync("GET", "/"));
    }
}
