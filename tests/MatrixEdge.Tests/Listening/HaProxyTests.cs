using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Serilog.Events;

namespace MatrixEdge.Tests.Listening;

/// <summary>HAProxy in front of the gateway, configured as README shows it.</summary>
public sealed partial class HaProxyTests
{
    private static readonly IPAddress Client = IPAddress.Parse("127.0.0.9");

    [Theory]
    [InlineData("send-proxy-v2", "1.1")]
    [InlineData("send-proxy-v2", "2")]
    [InlineData("send-proxy", "1.1")]
    [InlineData("send-proxy", "2")]
    public async Task The_homeserver_sees_who_came_to_HAProxy(string option, string version)
    {
        HaProxy.SkipWhereItCannotRun();
        await using var backend = RawBackend.Answering("""{"versions":["v1.12"]}""");
        await using var gateway = await StartGatewayAsync(backend, "127.0.0.3");
        await using var proxy = await StartProxyAsync(gateway, "127.0.0.3", option);

        foreach (var (endPoint, kind, client) in new[]
        {
            (proxy.EndPoints[1], ListenerKind.Https, Client), (proxy.EndPoints[2], ListenerKind.Federation, Client),
            (proxy.EndPoints[4], ListenerKind.Https, IPAddress.IPv6Loopback), (proxy.EndPoints[5], ListenerKind.Federation, IPAddress.IPv6Loopback),
        })
        {
            using var http = Through(endPoint, client, Version.Parse(version.Contains('.', StringComparison.Ordinal) ? version : version + ".0"));
            using var answer = await http.GetAsync(new Uri("https://matrix.example.com/_matrix/client/versions"), TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal([client.ToString()], (await backend.NextRequestAsync()).Header("X-Forwarded-For"));
            await gateway.Events.WaitForAsync($" ms {kind} {client}");
        }

        using var plain = Through(proxy.EndPoints[0], Client, HttpVersion.Version11);
        using var redirect = await plain.GetAsync(new Uri("http://matrix.example.com/"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MovedPermanently, redirect.StatusCode);
        await gateway.Events.WaitForAsync($" ms Http {Client}");

        // Nor do its checks whether the gateway is there.
        await WaitForChecksAsync(proxy);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Warning || entry.Exception is not null);
    }

    [Fact]
    public async Task One_that_is_not_trusted_gets_nowhere()
    {
        HaProxy.SkipWhereItCannotRun();
        await using var backend = RawBackend.Answering("""{"versions":["v1.12"]}""");
        await using var gateway = await StartGatewayAsync(backend, "127.0.0.3");
        await using var proxy = await StartProxyAsync(gateway, "127.0.0.2", "send-proxy-v2");

        using var http = Through(proxy.EndPoints[1], Client, HttpVersion.Version11);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("https://matrix.example.com/_matrix/client/versions"), TestContext.Current.CancellationToken));

        Assert.Empty(backend.Requests);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= LogEventLevel.Warning || entry.Exception is not null);
    }

    [Fact]
    public async Task One_that_sends_no_header_is_told_what_to_do()
    {
        HaProxy.SkipWhereItCannotRun();
        await using var backend = RawBackend.Answering("""{"versions":["v1.12"]}""");
        await using var gateway = await StartGatewayAsync(backend, "127.0.0.3");
        await using var proxy = await StartProxyAsync(gateway, "127.0.0.3", option: "");

        using var http = Through(proxy.EndPoints[1], Client, HttpVersion.Version11);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(new Uri("https://matrix.example.com/_matrix/client/versions"), TestContext.Current.CancellationToken));

        await gateway.Events.WaitForAsync("it began with a TLS handshake in place of a PROXY header. Let it send PROXY headers (HAProxy: send-proxy-v2");
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Exception is not null);
    }

    private static Task<RunningGateway> StartGatewayAsync(RawBackend backend, string proxy)
    {
        var sample = Fence("jsonc").Replace("10.0.0.5", proxy, StringComparison.Ordinal);
        var section = MatrixEdge.Configuration.ConfigurationDocument.Parse(sample)["MatrixEdge"]!.AsObject();
        foreach (var listener in new[] { "Http", "Https", "Federation", "Admin" })
            section["Listen"]![listener] = "127.0.0.1:0";
        section["Sites"] = System.Text.Json.Nodes.JsonNode.Parse($$"""
            [{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }]
            """);
        return RunningGateway.StartAsync(section.ToJsonString());
    }

    // README's configuration, on ports of the system's choice: http, https, federation by IPv4, then by IPv6.
    private static Task<HaProxy> StartProxyAsync(RunningGateway gateway, string from, string option)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "IPv6 is switched off here");
        ListenerKind[] kinds = [ListenerKind.Http, ListenerKind.Https, ListenerKind.Federation];
        return HaProxy.StartAsync(
            [.. kinds.Select(_ => IPAddress.Loopback), .. kinds.Select(_ => IPAddress.IPv6Loopback)],
            endPoints =>
            {
                var configuration = Fence("haproxy");
                foreach (var (index, port) in new[] { 80, 443, 8448 }.Index())
                {
                    Assert.Contains($"bind [::]:{port} v4v6\n", configuration, StringComparison.Ordinal);
                    Assert.Contains($"10.0.0.7:{port} ", configuration, StringComparison.Ordinal);
                    configuration = configuration
                        .Replace($"bind [::]:{port} v4v6\n", $"bind {endPoints[index]}\n    bind {endPoints[index + 3]}\n", StringComparison.Ordinal)
                        .Replace($"10.0.0.7:{port} ", $"{gateway.EndPoints(kinds[index])[0]} source {from} inter 100ms ", StringComparison.Ordinal);
                }

                // Says each change of what its checks find.
                return "global\n    log stdout format raw local0 debug\n"
                    + configuration.Replace("send-proxy-v2", option, StringComparison.Ordinal).Replace("mode tcp\n", "mode tcp\n    log global\n    option log-health-checks\n", StringComparison.Ordinal);
            },
            TestContext.Current.CancellationToken);
    }

    private static async Task WaitForChecksAsync(HaProxy proxy)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (CheckPattern().Count(proxy.Log) < 3)
            await Task.Delay(20, limit.Token);
        Assert.DoesNotContain(" is DOWN", proxy.Log, StringComparison.Ordinal);
    }

    private static HttpClient Through(IPEndPoint endPoint, IPAddress from, Version version) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectCallback = async (_, stop) =>
        {
            var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(endPoint, stop);
            return new NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, _, _, _) => true },
    })
    {
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TimeSpan.FromMinutes(1),
    };

    /// <summary>The one sample in this language in README's section about HAProxy.</summary>
    private static string Fence(string language)
    {
        var section = SectionPattern().Match(Repository.Read("README.md")).Groups[1].Value;
        return Assert.Single(Regex.Matches(section, $"^```{language}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)).Groups[1].Value;
    }

    [GeneratedRegex("^Health check for server .* succeeded", RegexOptions.Multiline)]
    private static partial Regex CheckPattern();

    [GeneratedRegex("^### HAProxy[^\n]*\n(.*?)^##", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex SectionPattern();
}
