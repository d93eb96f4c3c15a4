using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Text;
using MatrixEdge.Listening;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>Everybody is busy, and the certificate changes.</summary>
public sealed class RenewalUnderLoadTests
{
    private const int Renewals = 10;
    private const int Connections = 500;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_08_Ten_renewals_under_load_fail_no_request_and_no_handshake()
    {
        AcmeTools.SkipWithoutPebble();
        await using var backend = await StartBackendAsync();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble)
        {
            Sites = [AcmeGateway.Site("example.com", "matrix.example.com", new Uri(backend.Urls.Single()).Port)],
            ChallengeTypes = ["TlsAlpn01", "Http01"],
        };
        gateway.Certificate["Profile"] = "tiny";
        await gateway.StartAsync();
        var serials = new List<string> { await gateway.NewSerialAsync() };
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var failures = new ConcurrentQueue<string>();
        long requests = 0, messages = 0, pieces = 0;
        async Task Try(string who, Func<Task> work)
        {
            try
            {
                await work();
            }
            catch (Exception exception) when (!end.IsCancellationRequested)
            {
                failures.Enqueue($"{who}: {exception}");
            }
            catch (Exception) when (end.IsCancellationRequested)
            {
            }
        }

        // Connections that were opened before the first renewal and are used until after the last.
        var kept = new List<SslStream>();
        foreach (var batch in Enumerable.Range(0, Connections).Chunk(25))
            kept.AddRange(await Task.WhenAll(batch.Select(number => gateway.Running.ConnectAsync(number % 2 == 0 ? ListenerKind.Https : ListenerKind.Federation))));
        var busy = kept.Select((connection, number) => Try($"connection {number}", async () =>
        {
            while (true)
            {
                await GetAsync(connection, number, end.Token);
                Interlocked.Increment(ref requests);
                await Task.Delay(TimeSpan.FromMilliseconds(500 + (number % 10 * 50)), end.Token);
            }
        })).ToList();

        // Streams of HTTP/2: long answers under way all the time, and short ones beside them on the same connections.
        using var http2 = gateway.Running.Client(HttpVersion.Version20, trustEverything: true);
        busy.AddRange(Enumerable.Range(0, 20).Select(number => Try($"stream {number}", async () =>
        {
            using var answer = await http2.GetAsync("https://example.com/_matrix/client/v3/sync", HttpCompletionOption.ResponseHeadersRead, end.Token);
            answer.EnsureSuccessStatusCode();
            await using var stream = await answer.Content.ReadAsStreamAsync(end.Token);
            var buffer = new byte[1000];
            while (await stream.ReadAsync(buffer, end.Token) is > 0)
                Interlocked.Increment(ref pieces);
            throw new IOException("The answer ended");
        })));
        busy.AddRange(Enumerable.Range(0, 4).Select(number => Try($"requests beside streams {number}", async () =>
        {
            while (true)
            {
                Assert.Equal("{}", await http2.GetStringAsync("https://example.com/_matrix/client/v3/account/whoami", end.Token));
                Interlocked.Increment(ref requests);
                await Task.Delay(20, end.Token);
            }
        })));

        using var socket = new ClientWebSocket();
        using var invoker = new HttpMessageInvoker(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true } });
        socket.Options.SetRequestHeader("Host", "example.com");
        await socket.ConnectAsync(new Uri($"wss://localhost:{gateway.Port(ListenerKind.Https)}/_matrix/client/unstable/ws"), invoker, Stop);
        busy.Add(Try("WebSocket", async () =>
        {
            var buffer = new byte[100];
            for (var number = 0; ; number++)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes($"message {number}"), WebSocketMessageType.Text, true, end.Token);
                var received = await socket.ReceiveAsync(buffer, end.Token);
                Assert.Equal($"message {number}", Encoding.ASCII.GetString(buffer, 0, received.Count));
                Interlocked.Increment(ref messages);
                await Task.Delay(20, end.Token);
            }
        }));

        await using var handshakes = new TlsLoad(gateway.Port(ListenerKind.Https), "matrix.example.com", 2, "h2", "http/1.1");
        await using var federation = new TlsLoad(gateway.Port(ListenerKind.Federation), "example.com", 2, "http/1.1");

        // Some because they are due: the clock is moved to that time, and back, for the certificates' two minutes are real.
        // The others because they are asked for.
        for (var number = 0; number < Renewals; number++)
        {
            if (number % 3 == 0)
            {
                var wait = gateway.Source().Status.Next.Due - gateway.Time.GetUtcNow();
                Assert.InRange(wait, TimeSpan.FromSeconds(-5), TimeSpan.FromMinutes(4));
                wait = wait > TimeSpan.Zero ? wait + TimeSpan.FromSeconds(1) : TimeSpan.Zero;
                gateway.Time.Advance(wait);
                serials.Add(await gateway.NewSerialAsync(serials[^1]));
                gateway.Time.Jump(-wait);
            }
            else
            {
                var outcome = await gateway.Source().RenewAsync("asked for by a test", Stop);
                Assert.True(outcome.Succeeded, outcome.Message);
                serials.Add(await gateway.NewSerialAsync(serials[^1]));
            }
        }

        // Everybody is served once more after the last one.
        var (lastRequests, lastMessages, lastPieces) = (Interlocked.Read(ref requests), Interlocked.Read(ref messages), Interlocked.Read(ref pieces));
        while (failures.IsEmpty && (Interlocked.Read(ref requests) < lastRequests + (2 * Connections) || Interlocked.Read(ref messages) < lastMessages + 5 || Interlocked.Read(ref pieces) < lastPieces + 100))
            await Task.Delay(50, Stop);
        await end.CancelAsync();
        await Task.WhenAll(busy);
        kept.ForEach(connection => connection.Dispose());

        Assert.Empty(failures);
        Assert.Empty(handshakes.Failures.Select(probe => probe.Failure!.ToString()));
        Assert.Empty(federation.Failures.Select(probe => probe.Failure!.ToString()));
        Assert.Equal(Renewals + 1, serials.Distinct().Count());
        Assert.InRange(handshakes.Serials.Count, Renewals / 2, int.MaxValue); // each was looked for on both ports above
        Assert.InRange(federation.Serials.Count, Renewals / 2, int.MaxValue);
        Assert.True(gateway.Events.Messages.Count(message => message.Contains("asked for by a test", StringComparison.Ordinal)) < Renewals, "None came from the schedule");
        TestContext.Current.SendDiagnosticMessage($"{requests} requests, {messages} messages, {pieces} pieces, {handshakes.Count} and {federation.Count} handshakes");
    }

    /// <summary>One request on an open connection, whose answer must be the expected one.</summary>
    private static async Task GetAsync(SslStream connection, int number, CancellationToken stop)
    {
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET /_matrix/federation/v1/query/{number} HTTP/1.1\r\nHost: example.com\r\n\r\n"), stop);
        var buffer = new byte[4096];
        var text = "";
        while (!text.EndsWith("\r\n\r\n{}", StringComparison.Ordinal))
        {
            var length = await connection.ReadAsync(buffer, stop);
            if (length == 0)
                throw new IOException($"The connection was closed; it had said: {text}");
            text += Encoding.ASCII.GetString(buffer, 0, length);
        }

        Assert.StartsWith("HTTP/1.1 200 ", text);
    }

    /// <summary>A homeserver that answers at once, but for a sync, which goes on and on, and a WebSocket, which is an echo.</summary>
    private static async Task<WebApplication> StartBackendAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(async context =>
        {
            if (context.WebSockets.IsWebSocketRequest)
            {
                using var socket = await context.WebSockets.AcceptWebSocketAsync();
                var buffer = new byte[1000];
                while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: WebSocketMessageType.Text } received)
                    await socket.SendAsync(buffer.AsMemory(0, received.Count), WebSocketMessageType.Text, true, context.RequestAborted);
                return;
            }

            context.Response.ContentType = "application/json";
            if (!context.Request.Path.Value!.EndsWith("/sync", StringComparison.Ordinal))
            {
                context.Response.ContentLength = 2;
                await context.Response.WriteAsync("{}", context.RequestAborted);
                return;
            }

            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.WriteAsync("      ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(100, context.RequestAborted);
            }
        });
        await app.StartAsync(Stop);
        return app;
    }
}
