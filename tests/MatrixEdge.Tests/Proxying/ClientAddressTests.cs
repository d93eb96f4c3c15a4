using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Tests.Proxying;

public sealed class ClientAddressTests
{
    private static readonly ImmutableArray<IPNetwork> Networks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8::/32")];
    private static readonly TrustedProxies Trusted = TrustedProxies.Of(Networks);
    private static readonly TrustedProxies TrustedByOneAddress = TrustedProxies.Of(ClientAddressHeader.CfConnectingIp, Networks);

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
    [InlineData("10.0.0.1", new[] { "203.0.113.1, 10" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113.1, 010.0.0.2" }, "10.0.0.1")]
    public void Is_what_trusted_proxies_vouch_for(string peer, string[] header, string client)
    {
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse(peer));

        Assert.Equal(client, ClientAddress.Of(connection, new StringValues(header), Trusted));
    }

    // Workers are programs of any customer of Cloudflare's; they reach others by an address among those of its proxies.
    [Fact]
    public void A_Worker_at_Cloudflare_is_a_client_whatever_it_says()
    {
        var trusted = TrustedProxies.Of(CloudflareNetworks.Shipped.All);
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse("173.245.48.1"));

        Assert.Equal("2a06:98c0:3600::103", ClientAddress.Of(connection, new StringValues("10.0.0.1, 2a06:98c0:3600::103"), trusted));
        Assert.Equal("2a06:98c0:3600::103", ClientAddress.Of(new ConnectionFacts(ListenerKind.Https, IPAddress.Parse("2a06:98c0:3600::103")), "10.0.0.1", trusted));
        Assert.Equal("203.0.113.1", ClientAddress.Of(connection, new StringValues("10.0.0.1, 203.0.113.1, 2a06:98c0:1::103"), trusted));
    }

    [Theory]
    [InlineData("10.0.0.1", new[] { "203.0.113.1" }, "203.0.113.1")]
    [InlineData("2001:db8::1", new[] { "2a00::5" }, "2a00::5")]
    [InlineData("10.0.0.1", new[] { "::ffff:203.0.113.1" }, "203.0.113.1")]
    // Also one that is trusted itself: there is nobody behind it.
    [InlineData("10.0.0.1", new[] { "10.0.0.2" }, "10.0.0.2")]
    // Not from anybody else.
    [InlineData("198.51.100.7", new[] { "203.0.113.1" }, "198.51.100.7")]
    // Not there, several, or no address: the peer is the client.
    [InlineData("10.0.0.1", new string[0], "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113.1", "203.0.113.1" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113.1, 203.0.113.2" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113.1:4711" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "[2a00::5]" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "203.0.113" }, "10.0.0.1")]
    [InlineData("10.0.0.1", new[] { "unknown" }, "10.0.0.1")]
    public void Is_the_one_of_CF_Connecting_IP_where_that_is_chosen(string peer, string[] header, string client)
    {
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse(peer));
        var headers = new HeaderDictionary { ["CF-Connecting-IP"] = new StringValues(header), ["X-Forwarded-For"] = "192.0.2.99" };

        Assert.Equal(client, ClientAddress.Of(connection, headers, TrustedByOneAddress));
    }

    [Fact]
    public void CF_Connecting_IP_counts_for_nothing_where_it_is_not_chosen()
    {
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse("10.0.0.1"));
        var headers = new HeaderDictionary { ["CF-Connecting-IP"] = "203.0.113.1", ["X-Forwarded-For"] = "192.0.2.99" };

        Assert.Equal("192.0.2.99", ClientAddress.Of(connection, headers, Trusted));
    }

    [Fact]
    public void A_proxy_that_names_nobody_is_not_believed_about_what_it_passes_on()
    {
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse("10.0.0.1"), isNamed: false);

        Assert.Equal("10.0.0.1", ClientAddress.Of(connection, new StringValues("203.0.113.1"), Trusted));
        Assert.False(connection.IsTrusted(Trusted));
    }

    [Fact]
    public void Trust_follows_the_configuration_while_the_connection_stays()
    {
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse("10.0.0.1"));

        Assert.Equal(
            [false, true, true, false, false, true],
            new[] { TrustedProxies.None, Trusted, Trusted, TrustedProxies.None, TrustedProxies.None, TrustedByOneAddress }.Select(connection.IsTrusted));
    }

    [Fact]
    public async Task Cloudflare_names_the_client_to_the_homeserver()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: """
            , "TrustedProxies": ["127.0.0.3"], "ClientAddressHeader": "CF-Connecting-IP"
            """);
        const string Request = "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\nCF-Connecting-IP: 203.0.113.1\r\nX-Forwarded-For: 192.0.2.99\r\n\r\n";

        foreach (var (from, client) in new[] { ("127.0.0.3", "203.0.113.1"), ("127.0.0.2", "127.0.0.2") })
        {
            await using var stream = await gateway.ConnectAsync(from: IPAddress.Parse(from));
            await RawAnswer.ExchangeAsync(stream, Request);

            var request = await backend.NextRequestAsync();
            Assert.Equal([client], request.Header("X-Forwarded-For"));
            Assert.Empty(request.Header("CF-Connecting-IP"));
        }
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
