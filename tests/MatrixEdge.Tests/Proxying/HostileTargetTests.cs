using System.Net.Security;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying;

/// <summary>
/// HTTP/2 can carry bytes in a target that HTTP/1.1 cannot. Passed on, they would break the request line to the homeserver
/// open: into another target, another request, or what an earlier request left in the buffer.
/// </summary>
public sealed class HostileTargetTests
{
    public static TheoryData<string> Targets =>
    [
        "/_matrix/" + new string('\u00ff', 115),
        "/_matrix/client/v3/\u00e9",
        "/_matrix/client/v3/x?y=\u0080",
        "/_matrix/client/v3/x HTTP/1.1",
        "/_matrix/client/v3/x?a b",
        "/_matrix/client/v3/\u0001",
        "/_matrix/client/v3/\t",
        "/_matrix/client/v3/\u007f",
        "/_matrix/client/v3/x\r\nX-Evil: 1",
        "/_matrix/client/v3/x\nX-Evil: 1",
        "/_matrix/client/v3/\0",
        "/_matrix/client/v3/%00",
        "",
    ];

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Never_reaches_the_homeserver(string target)
    {
        await using var backend = RawBackend.Answering("\"answer for the victim\"");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var victim = await gateway.ConnectAsync();
        await RawAnswer.ExchangeAsync(victim, "GET /_matrix/client/v3/account/whoami HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer secret\r\n\r\n");
        await backend.NextRequestAsync();

        await using var attacker = await gateway.ConnectAsync(protocols: SslApplicationProtocol.Http2);
        var answer = await RawHttp2.ExchangeAsync(attacker, (":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", target));

        Assert.Contains(answer, (string[])["RST_STREAM", "GOAWAY", "{\"errcode\":\"M_UNRECOGNIZED\",\"error\":\"The path of this request is not one that Matrix uses\"}"]);
        Assert.Empty(backend.Requests);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Theory]
    [InlineData("x y", "1")]
    [InlineData("x:y", "1")]
    [InlineData("x\u00ff", "1")]
    [InlineData("x\r\nx-evil", "1")]
    [InlineData("x\0", "1")]
    [InlineData("", "1")]
    [InlineData("x-a", "1\r\nx-evil: 1")]
    [InlineData("x-a", "1\nx-evil: 1")]
    [InlineData("x-a", "1\0")]
    [InlineData("transfer-encoding", "chunked")]
    [InlineData("content-length", "5")]
    [InlineData("connection", "x-forwarded-for")]
    public async Task No_header_of_HTTP_2_becomes_another_one(string name, string value)
    {
        await using var backend = RawBackend.Answering("\"ok\"");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync(protocols: SslApplicationProtocol.Http2);

        await RawHttp2.ExchangeAsync(client, (":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", "/_matrix/client/versions"), (name, value));

        // Refused, or passed on without it; never with something else in its place.
        Assert.All(backend.Requests, request =>
        {
            Assert.Equal("GET /_matrix/client/versions HTTP/1.1", request.Line);
            Assert.All(request.Headers, header => Assert.Contains(header.Name.ToLowerInvariant(), (string[])["host", "x-forwarded-for", "x-forwarded-proto"]));
        });
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Theory]
    [InlineData("Content-Length: 0\r\nContent-Length: 64\r\n")]
    [InlineData("Content-Length: 0, 64\r\n")]
    [InlineData("Content-Length: +64\r\n")]
    [InlineData("Content-Length: 64\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 64\r\n")]
    [InlineData("Transfer-Encoding: chunked, identity\r\n")]
    [InlineData("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n")]
    [InlineData("Transfer-Encoding : chunked\r\n")]
    [InlineData("Transfer-Encoding: xchunked\r\n")]
    [InlineData("Transfer-Encoding:\u000bchunked\r\n")]
    [InlineData(" Content-Length: 64\r\n")]
    public async Task Nothing_is_smuggled_behind_a_request_of_two_lengths(string framing)
    {
        await using var backend = RawBackend.Answering("\"ok\"");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        // Read by one length, what follows is the body; by the other, it is a request to a private path.
        await client.WriteAsync(System.Text.Encoding.Latin1.GetBytes(
            $"POST /_matrix/client/v3/login HTTP/1.1\r\nHost: example.com\r\n{framing}\r\n0\r\n\r\nGET /_synapse/admin/v1/smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n"));
        await RawAnswer.ReadAsync(client);
        await RawAnswer.ExchangeAsync(await gateway.ConnectAsync(), "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.DoesNotContain(backend.Requests, request => request.Target.Contains("smuggled", StringComparison.Ordinal));
        Assert.Equal("/_matrix/client/versions", backend.Requests.Last().Target);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    // Put behind the address of a program, they would make another address of it.
    [Theory]
    [InlineData("OPTIONS *", "example.com")]
    [InlineData("OPTIONS *", "auth.example.com")]
    [InlineData("OPTIONS *", "rtc.example.com")]
    [InlineData("CONNECT example.com:443", "example.com:443")]
    [InlineData("CONNECT auth.example.com:443", "auth.example.com:443")]
    [InlineData("CONNECT rtc.example.com:443", "rtc.example.com:443")]
    public async Task A_target_that_is_no_path_reaches_nobody(string request, string host)
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartAsync($$"""
            {
              "Sites": [{
                "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" },
                "AuthenticationService": { "Address": "http://localhost:{{backend.Port}}", "Host": "auth.example.com" },
                "Calls": { "TokenService": "http://localhost:{{backend.Port}}", "LiveKit": "http://localhost:{{backend.Port}}", "Host": "rtc.example.com" },
                "Website": { "Proxy": "http://localhost:{{backend.Port}}" }
              }]
            }
            """);
        await using var client = await gateway.ConnectAsync();

        var answer = await RawAnswer.ExchangeAsync(client, $"{request} HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal(400, answer.Status);
        Assert.Contains("\"M_UNRECOGNIZED\"", answer.Text, StringComparison.Ordinal);
        Assert.Empty(backend.Requests);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task An_honest_one_does()
    {
        await using var backend = RawBackend.Answering("\"yes\"");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync(ListenerKind.Federation, protocols: SslApplicationProtocol.Http2);

        Assert.Equal("\"yes\"", await RawHttp2.ExchangeAsync(client,
            (":method", "GET"), (":scheme", "https"), (":authority", "example.com"), (":path", "/_matrix/client/v3/rooms/%21a%2Fb"), ("x-a", "1")));
        Assert.Equal("/_matrix/client/v3/rooms/%21a%2Fb", (await backend.NextRequestAsync()).Target);
    }

    [Theory]
    [InlineData("host, x-mine", "example.com", "5")]
    [InlineData("content-length", "example.com", "5")]
    public async Task Naming_them_in_Connection_removes_neither_host_nor_length(string connection, string host, string length)
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        await RawAnswer.ExchangeAsync(client, $"PUT /_matrix/client/v3/x HTTP/1.1\r\nHost: example.com\r\nConnection: {connection}\r\nContent-Length: 5\r\nX-Mine: 1\r\n\r\nhello");

        var request = await backend.NextRequestAsync();
        Assert.Equal([host], request.Header("Host"));
        Assert.Equal([length], request.Header("Content-Length"));
    }
}
