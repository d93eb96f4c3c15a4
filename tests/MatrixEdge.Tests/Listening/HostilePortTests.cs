using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Listening;

/// <summary>Whoever knocks at the public ports gets a short no and the end of the connection; nothing stays behind.</summary>
[Collection(nameof(Alone))]
public sealed class HostilePortTests
{
    private static readonly byte[] NoApplicationProtocol = TlsAlpnChallengeTests.NoApplicationProtocol;

    [Theory]
    [InlineData(43)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(64 * 1024)]
    public async Task Scenario_31_tokens_that_nobody_waits_for_are_404_and_not_repeated(int length)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var open = gateway.Services.GetRequiredService<OpenChallenges>().AnswerHttp("token", "token.thumbprint");
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.EndPoints(ListenerKind.Http)[0]);
        var token = Token(length);

        var answer = await RawAnswer.ExchangeAsync(client.GetStream(), $"GET /.well-known/acme-challenge/{token} HTTP/1.1\r\nHost: {token[..20]}\r\n\r\n");

        Assert.Equal(404, answer.Status);
        Assert.InRange(answer.Head.Length + answer.Body.Length, 1, 400);
        Assert.DoesNotContain(token[..20], answer.Head + answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains(token[..20], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scenario_31_a_path_beyond_the_limit_ends_the_connection()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        using var client = new TcpClient();
        await client.ConnectAsync(gateway.EndPoints(ListenerKind.Http)[0]);
        var answer = await RawAnswer.ExchangeAsync(client.GetStream(), $"GET /.well-known/acme-challenge/{Token(140_000)} HTTP/1.1\r\n");

        Assert.Equal(414, answer.Status);
        Assert.Empty(answer.Body);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_31_acme_tls_without_a_challenge_is_alert_120_in_however_many_pieces(bool isOneOpen)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = TlsAlpnChallengeTests.ChallengeCertificate("matrix.example.com");
        using var open = isOneOpen ? TlsAlpnChallengeTests.Open(gateway, certificate) : null;
        var hello = await ClientHellos.FromClientAsync("example.com", "acme-tls/1");

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            Assert.Equal(NoApplicationProtocol, await TlsAlpnChallengeTests.SayAsync(gateway, hello, kind: kind));
            Assert.Equal(NoApplicationProtocol, await TlsAlpnChallengeTests.SayAsync(gateway, ClientHellos.InRecords(hello[5..], 60), kind: kind));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_31_acme_tls_beside_another_protocol_is_an_ordinary_client(bool isOneOpen)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = TlsAlpnChallengeTests.ChallengeCertificate("matrix.example.com");
        using var open = isOneOpen ? TlsAlpnChallengeTests.Open(gateway, certificate) : null;

        await using var client = await gateway.ConnectAsync(ListenerKind.Https, "matrix.example.com", protocols: [new("acme-tls/1"), new("http/1.1")]);
        var answer = await RawAnswer.ExchangeAsync(client, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Equal("CN=MatrixEdge", client.RemoteCertificate!.Subject);
        Assert.Equal(200, answer.Status);
        Assert.Equal(NoApplicationProtocol, await TlsAlpnChallengeTests.SayAsync(gateway, await ClientHellos.FromClientAsync("matrix.example.com", "acme-tls/1", "acme-tls/2")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_31_a_hello_that_never_ends_is_ended_after_ten_seconds(bool isOneOpen)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = TlsAlpnChallengeTests.ChallengeCertificate("matrix.example.com");
        using var open = isOneOpen ? TlsAlpnChallengeTests.Open(gateway, certificate) : null;
        var hello = await ClientHellos.FromClientAsync("matrix.example.com", "acme-tls/1");
        var begin = Stopwatch.GetTimestamp();

        var heard = await Task.WhenAll(
            TlsAlpnChallengeTests.SayAsync(gateway, hello[..^1]),
            TlsAlpnChallengeTests.SayAsync(gateway, hello[..3], kind: ListenerKind.Federation),
            TlsAlpnChallengeTests.SayAsync(gateway, []));

        Assert.All(heard, Assert.Empty);
        Assert.InRange(Stopwatch.GetElapsedTime(begin).TotalSeconds, 9, 25);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Scenario_31_garbage_ends_the_connection_without_a_word_in_the_log()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var certificate = TlsAlpnChallengeTests.ChallengeCertificate("matrix.example.com");
        using var open = TlsAlpnChallengeTests.Open(gateway, certificate);
        var hello = await ClientHellos.FromClientAsync("matrix.example.com", "acme-tls/1");
        var random = new Random(31);

        await TlsAlpnChallengeTests.SayAsync(gateway, ClientHellos.InRecords([2, 0, 0, 1, 0]), thenEnd: true); // a ServerHello
        for (var i = 0; i < 300; i++)
        {
            var bytes = hello.ToArray();
            for (var changes = random.Next(1, 8); changes > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            await TlsAlpnChallengeTests.SayAsync(gateway, bytes, thenEnd: true);
        }

        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error || entry.Exception is not null);
    }

    [Fact]
    public async Task Scenario_31_ten_thousand_tries_leave_nothing_behind()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1, more: """
            , "Listen": { "Http": "127.0.0.1:0", "Https": "127.0.0.1:0", "Federation": "", "Admin": "" }
            """);
        using var certificate = TlsAlpnChallengeTests.ChallengeCertificate("matrix.example.com");
        using var open = TlsAlpnChallengeTests.Open(gateway, certificate);
        byte[][] hellos =
        [
            await ClientHellos.FromClientAsync("other.example.com", "acme-tls/1"),
            ClientHellos.InRecords(ClientHellos.Message((51, new byte[15_000]), ClientHellos.ServerName("other.example.com"), ClientHellos.Protocols("acme-tls/1")), 3000),
            [22, 3, 1, 0x40, 0, 1, 0, 0x3f, 0xf0, .. new byte[15_000]],
        ];
        await TryAsync(500);
        var before = Collected();

        await TryAsync(10_000);

        // Kept hellos would be 100 MB, kept paths 20 MB more.
        Assert.InRange(Collected() - before, long.MinValue, 20 << 20);

        async Task TryAsync(int times) => await Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            if (i % 4 != 0)
            {
                await TlsAlpnChallengeTests.SayAsync(gateway, hellos[i % 4 - 1], thenEnd: true);
                return;
            }

            var answer = await TlsAlpnChallengeTests.SayAsync(
                gateway, Encoding.ASCII.GetBytes($"GET /.well-known/acme-challenge/{Token(i % 3 == 0 ? 16_000 : 43)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), kind: ListenerKind.Http);
            Assert.StartsWith("HTTP/1.1 404 ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
            gateway.Events.Clear(); // the test's own log is not what is measured
        });
    }

    private static string Token(int length) => RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", length);

    private static long Collected()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
