using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Tests.Proxying;

public sealed class ClientAddressTests
{
    private static readonly ImmutableArray<IPNetwork> Trusted = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8::/32")];

    [Theory]
    // Who connects is the client, whatever he says.
    [InlineData("198.51.100.7", new[] { "203.0.113.1" }, "198.51.100.7")]
    [InlineData("198.51.100.7", new string[0], "198.51.100.7")]
    // A trusted proxy is believed about its peer.
    [InlineData("10.0.0.1", new[] { "203.0.113.1" }, "203.0.113.1")]
    [InlineData("2001:db8::1", new[] { "2a00::5" }, "2a00::5")]
    // What the client itself sent stands to the left.
    [InlineData("10.0.0.1", new[] { "203.0.113.9, 203.0.113.1" }, "203.0.113.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113.9", "203.0.113.1" }, "203.0.113.1")]
    // Trusted hops in a row.
    [InlineData("10.0.0.1", new[] { "203.0.113.9, 203.0.113.1, 10.0.0.2,10.0.0.3" }, "203.0.113.1")]
    [InlineData("10.0.0.1", new[] { "10.0.0.2" }, "10.0.0.2")]
    [InlineData("10.0.0.1", new string[0], "10.0.0.1")]
    // With ports, in brackets, mapped.
    [InlineData("10.0.0.1", new[] { "203.0.113.1:4711" }, "203.0.113.1")]
    [InlineData("10.0.0.1", new[] { "[2a00::5]:4711" }, "2a00::5")]
    [InlineData("10.0.0.1", new[] { "[2a00::5]" }, "2a00::5")]
    [InlineData("10.0.0.1", new[] { "::ffff:203.0.113.1" }, "203.0.113.1")]
    // Left of garbage nobody vouches for anything.
    [InlineData("10.0.0.1", new[] { "203.0.113.1, unknown" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113.1, evil, 10.0.0.2" }, "10.0.0.2")]
    [InlineData("10.0.0.1", new[] { "203.0.113.1,," }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "[" }, "10.0.0.1")]
    public void Is_what_trusted_proxies_vouch_for(string peer, string[] header, string client)
    {
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse(peer));

        Assert.Equal(client, ClientAddress.Of(connection, new StringValues(header), Trusted));
    }

    [Theory]
    [InlineData("127.0.0.2", "", "127.0.0.2", "https")]
    [InlineData("127.0.0.3", "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-Proto: http\r\n", "203.0.113.1", "http")]
    [InlineData("127.0.0.2", "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-Proto: http\r\n", "127.0.0.2", "https")]
    public async Task Reaches_the_homeserver_as_the_only_one(string from, string headers, string client, string scheme)
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: """, "TrustedProxies": ["127.0.0.3"] """);
        await using var stream = await gateway.ConnectAsync(from: IPAddress.Parse(from));

        await RawAnswer.ExchangeAsync(stream, $"GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\n{headers}\r\n");

        var request = await backend.NextRequestAsync();
        Assert.Equal([client], request.Header("X-Forwarded-For"));
        Assert.Equal([scheme], request.Header("X-Forwarded-Proto"));
        Assert.Empty(request.Header("X-Real-IP"));
    }

    [Fact]
    public async Task Dendrite_reads_it_in_the_header_of_its_sample()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, kind: "Dendrite");
        await using var stream = await gateway.ConnectAsync(from: IPAddress.Parse("127.0.0.2"));

        await RawAnswer.ExchangeAsync(stream, "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\nX-Real-IP: 203.0.113.1\r\n\r\n");

        Assert.Equal(["127.0.0.2"], (await backend.NextRequestAsync()).Header("X-Real-IP"));
    }
}
