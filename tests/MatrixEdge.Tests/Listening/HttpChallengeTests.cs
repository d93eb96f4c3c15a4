using System.Net.Sockets;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Listening;

/// <summary>http-01 as authorities ask for it, and as others do.</summary>
public sealed class HttpChallengeTests
{
    private const string Token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0";
    private const string KeyAuthorization = Token + ".9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI";

    [Theory]
    [InlineData("example.com")]
    [InlineData("example.com:5180")]
    [InlineData("unknown.example.org")]
    [InlineData("192.0.2.1")]
    public async Task The_authority_gets_the_key_authorization_whatever_the_host(string host)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var open = gateway.Services.GetRequiredService<OpenChallenges>().AnswerHttp(Token, KeyAuthorization);

        var answer = await AskAsync(gateway, $"GET /.well-known/acme-challenge/{Token} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        var head = await AskAsync(gateway, $"HEAD /.well-known/acme-challenge/{Token} HTTP/1.1\r\nHost: {host}\r\n\r\n", isHead: true);
        var absolute = await AskAsync(gateway, $"GET http://{host}/.well-known/acme-challenge/{Token} HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal((200, KeyAuthorization), (answer.Status, answer.Text));
        Assert.Equal(["application/octet-stream"], answer.Header("Content-Type"));
        Assert.Equal(["no-store"], answer.Header("Cache-Control"));
        Assert.Equal((200, ""), (head.Status, head.Text));
        Assert.Equal([KeyAuthorization.Length.ToString(System.Globalization.CultureInfo.InvariantCulture)], head.Header("Content-Length"));
        Assert.Equal((200, KeyAuthorization), (absolute.Status, absolute.Text));
    }

    [Fact]
    public async Task A_challenge_that_is_over_is_answered_no_more()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        gateway.Services.GetRequiredService<OpenChallenges>().AnswerHttp(Token, KeyAuthorization).Dispose();

        Assert.Equal(404, (await AskAsync(gateway, $"GET /.well-known/acme-challenge/{Token} HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);
    }

    [Theory]
    [InlineData("GET", "unknown", 404)]
    [InlineData("GET", "", 404)]
    [InlineData("GET", Token + "/", 404)]
    [InlineData("GET", Token + "%41", 404)]
    [InlineData("GET", "..%2f" + Token, 404)]
    [InlineData("GET", "<script>", 404)]
    [InlineData("POST", Token, 405)]
    [InlineData("OPTIONS", Token, 405)]
    public async Task Others_get_a_plain_no_and_no_redirect(string method, string token, int status)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1, more: """, "TrustedProxies": ["127.0.0.0/8"]""");
        using var open = gateway.Services.GetRequiredService<OpenChallenges>().AnswerHttp(Token, KeyAuthorization);

        var answer = await AskAsync(gateway, $"{method} /.well-known/acme-challenge/{token} HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Proto: https\r\nContent-Length: 0\r\n\r\n");

        Assert.Equal(status, answer.Status);
        Assert.Equal(["text/plain"], answer.Header("Content-Type"));
        Assert.Equal(status == 405 ? ["GET, HEAD"] : [], answer.Header("Allow"));
        Assert.Empty(answer.Header("Location"));
        Assert.DoesNotContain(Token, answer.Head + answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("script", answer.Head + answer.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ListenerKind.Https))]
    [InlineData(nameof(ListenerKind.Federation))]
    public async Task Behind_TLS_the_path_is_like_any_other(string listener)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var open = gateway.Services.GetRequiredService<OpenChallenges>().AnswerHttp(Token, KeyAuthorization);
        await using var client = await gateway.ConnectAsync(Enum.Parse<ListenerKind>(listener));

        var answer = await RawAnswer.ExchangeAsync(client, $"GET /.well-known/acme-challenge/{Token} HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Equal(404, answer.Status);
        Assert.Contains("M_UNRECOGNIZED", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_has_the_operation_and_not_the_token()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var open = gateway.Services.GetRequiredService<OpenChallenges>().AnswerHttp(Token, KeyAuthorization);

        await AskAsync(gateway, $"GET /.well-known/acme-challenge/{Token} HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Matches(
            @"^Information GET /\.well-known/acme-challenge/\{token\} 200 87 B [0-9.]+ ms Http 127\.0\.0\.1$",
            await gateway.Events.WaitForAsync("/.well-known/acme-challenge/"));
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains(Token, StringComparison.Ordinal));
    }

    private static async Task<RawAnswer> AskAsync(RunningGateway gateway, string request, bool isHead = false)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.EndPoints(ListenerKind.Http)[0]);
        return await RawAnswer.ExchangeAsync(client.GetStream(), request, isHead);
    }
}
