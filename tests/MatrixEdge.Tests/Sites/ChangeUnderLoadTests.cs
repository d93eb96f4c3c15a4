using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Sites;

/// <summary>Sites come and go while others are in full use, and those do not notice.</summary>
public sealed class ChangeUnderLoadTests
{
    private static readonly string[] Staying = ["first.example", "second.example"];
    private static readonly string[] Passing = ["one.example", "two.example", "three.example", "four.example"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Local")]
    [InlineData("Acme")]
    public async Task No_request_fails_on_sites_that_stay_while_others_come_and_go(string source)
    {
        using var store = new TemporaryFolder();
        await using var stage = new Stage(source == "Acme" ? Certificate.StoredFor(store, [.. Staying, .. Passing]) : Certificate.Local(store));
        await stage.StartAsync(Passing[0]);
        await using var load = new Load(stage.Gateway, stage.End);
        await load.RunForAWhileAsync();

        for (var i = 0; i + 1 < Passing.Length; i++)
        {
            var (leaves, comes) = (Passing[i], Passing[i + 1]);
            await using var open = await stage.Gateway.ConnectAsync(serverName: leaves);
            Assert.Equal(200, (await AskAsync(open, leaves)).Status);

            stage.ChangeTo(comes);
            await stage.Gateway.Events.WaitForAsync($"is in force now; sites: {string.Join(", ", Staying)}, {comes}");
            await load.RunForAWhileAsync();

            Assert.Equal(421, (await AskAsync(open, leaves)).Status);
            foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
            {
                await using var late = await stage.Gateway.ConnectAsync(kind, leaves);
                Assert.Equal(421, (await AskAsync(late, leaves)).Status);
                await using var early = await stage.Gateway.ConnectAsync(kind, comes);
                Assert.True(new X509Certificate2(early.RemoteCertificate!).MatchesHostname(comes));
                Assert.Contains("passing", (await AskAsync(early, comes)).Text, StringComparison.Ordinal);
            }
        }

        await load.EndAsync();

        Assert.Empty(load.Failures);
        Assert.All(load.Counts, pair => Assert.True(pair.Value > Passing.Length, $"{pair.Key}: {pair.Value}"));
        foreach (var host in Staying)
        {
            // The local authority makes one certificate for all, so it is another one as soon as there is another name.
            var shown = load.Shown.Where(pair => pair.Host == host).ToList();
            Assert.Equal(source == "Acme" ? 1 : Passing.Length, shown.Count);
        }
    }

    private static Task<RawAnswer> AskAsync(SslStream stream, string host, string target = "/_matrix/client/versions") =>
        RawAnswer.ExchangeAsync(stream, $"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");

    /// <summary>What the configuration says of certificates, and where they are.</summary>
    private sealed record Certificate(string Section, string Store)
    {
        public static Certificate Local(TemporaryFolder store) => new("""{ "Source": "Local" }""", store.Path);

        /// <summary>One for each site, brought in by the operator; no authority can be reached.</summary>
        public static Certificate StoredFor(TemporaryFolder store, string[] hosts)
        {
            var authority = new TestAuthority();
            foreach (var host in hosts)
            {
                var issued = authority.Issue(host);
                Directory.CreateDirectory(store.File($"certificates/{host}"));
                File.WriteAllText(store.File($"certificates/{host}/000001.pem"), issued.CertificatePem + issued.KeyPem);
            }

            return new Certificate("""{ "AcceptTermsOfService": true, "DirectoryUri": "http://127.0.0.1:9/directory" }""", store.Path);
        }
    }

    /// <summary>The gateway and three homeservers: one for each site that stays, one for whichever passes by.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly Certificate certificate;
        private readonly RawBackend first;
        private readonly RawBackend second;
        private readonly RawBackend passing;

        public Stage(Certificate certificate)
        {
            this.certificate = certificate;
            first = Homeserver(Staying[0]);
            second = Homeserver(Staying[1]);
            passing = Homeserver("passing");
        }

        /// <summary>Ends what the homeservers hold.</summary>
        public CancellationTokenSource End { get; } = new();

        public RunningGateway Gateway { get; private set; } = null!;

        public async Task StartAsync(string third) => Gateway = await RunningGateway.StartAsync(Configuration(third));

        public void ChangeTo(string third) => Gateway.Reconfigure(Configuration(third));

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            foreach (var homeserver in new[] { first, second, passing })
                await homeserver.DisposeAsync();
            End.Dispose();
        }

        private string Configuration(string third) => $$"""
            {
              "Certificate": {{certificate.Section}},
              "Store": { "Directory": "{{certificate.Store}}" },
              "Sites": [
                { "ServerName": "{{Staying[0]}}", "Homeserver": { "Kind": "Synapse", "Address": "http://127.0.0.1:{{first.Port}}" } },
                { "ServerName": "{{Staying[1]}}", "Homeserver": { "Kind": "Conduwuit", "Address": "http://127.0.0.1:{{second.Port}}" } },
                { "ServerName": "{{third}}", "Homeserver": { "Address": "http://127.0.0.1:{{passing.Port}}" } }
              ]
            }
            """;

        private RawBackend Homeserver(string name)
        {
            var body = $$"""{"from":"{{name}}"}""";
            return new RawBackend(async (request, connection) =>
            {
                switch (request.Target)
                {
                    case Load.Socket:
                        // Whatever comes goes back.
                        await connection.SendAsync("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
                        var buffer = new byte[1024];
                        while (await connection.ReadSomeAsync(buffer) is > 0 and var read)
                            await connection.SendAsync(buffer[..read]);
                        break;
                    case Load.Poll or Load.Download:
                        // Of a download a piece now and then, of a long poll nothing, until the load ends.
                        await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
                        for (var i = 0; !End.IsCancellationRequested; i++)
                        {
                            if (request.Target == Load.Download)
                                await connection.SendAsync($"5\r\n{i:00000}\r\n");
                            await Task.Delay(20, connection.Stop);
                        }

                        await connection.SendAsync($"{body.Length:x}\r\n{body}\r\n0\r\n\r\n");
                        break;
                    default:
                        await connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
                        break;
                }
            });
        }
    }

    /// <summary>What goes on at the sites that stay, all the time and in every way.</summary>
    private sealed class Load : IAsyncDisposable
    {
        public const string Poll = "/_matrix/client/v3/sync?timeout=600000";
        public const string Download = "/_matrix/client/v1/media/download/x/y";
        public const string Socket = "/_matrix/client/unstable/ws";

        private readonly ConcurrentDictionary<string, int> counts = new();
        private readonly ConcurrentDictionary<(string Host, string Serial), bool> shown = new();
        private readonly ConcurrentQueue<string> failures = new();
        private readonly List<Task> clients = [];
        private readonly HttpClient modern;
        private readonly RunningGateway gateway;
        private readonly CancellationTokenSource end;

        public Load(RunningGateway gateway, CancellationTokenSource end)
        {
            this.gateway = gateway;
            this.end = end;
            modern = gateway.Client(HttpVersion.Version20, trustEverything: true);
            foreach (var host in Staying)
            {
                foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
                {
                    Begin($"{host}, {kind}: one connection kept", name => KeepConnectionAsync(name, host, kind));
                    Begin($"{host}, {kind}: a new connection each time", name => ConnectAgainAsync(name, host, kind));
                }

                for (var i = 0; i < 4; i++)
                    Begin($"{host}: HTTP/2 stream {i}", name => AskOnOneConnectionAsync(name, host));
                Begin($"{host}: WebSocket", name => EchoAsync(name, host));
                Begin($"{host}: long poll", name => HoldAsync(name, host, Poll));
                Begin($"{host}: download", name => HoldAsync(name, host, Download));
            }
        }

        public IReadOnlyCollection<string> Failures => failures;

        /// <summary>How much was seen to work, in each way. Of what is held: how many pieces came.</summary>
        public IReadOnlyDictionary<string, int> Counts => counts;

        /// <summary>Which certificates new connections were shown.</summary>
        public IReadOnlyCollection<(string Host, string Serial)> Shown => [.. shown.Keys];

        /// <summary>Returns when each of those that ask again and again has asked twice more.</summary>
        public async Task RunForAWhileAsync()
        {
            var before = counts.ToDictionary();
            while (failures.IsEmpty && counts.Any(pair => pair.Value < before.GetValueOrDefault(pair.Key) + 2 && !pair.Key.EndsWith("long poll", StringComparison.Ordinal)))
                await Task.Delay(20, Stop);
            Assert.Empty(failures);
        }

        public async Task EndAsync()
        {
            await end.CancelAsync();
            await Task.WhenAll(clients).WaitAsync(TimeSpan.FromMinutes(1), Stop);
        }

        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            await Task.WhenAll(clients);
            modern.Dispose();
        }

        private void Begin(string name, Func<string, Task> ask)
        {
            counts[name] = 0;
            clients.Add(Task.Run(async () =>
            {
                try
                {
                    await ask(name);
                }
                catch (Exception exception)
                {
                    failures.Enqueue($"{name}, after {counts[name]}: {exception}");
                }
            }));
        }

        private async Task KeepConnectionAsync(string name, string host, ListenerKind kind)
        {
            await using var stream = await gateway.ConnectAsync(kind, host);
            while (!end.IsCancellationRequested)
            {
                Check(name, host, await AskAsync(stream, host));
                Check(name, host, await AskAsync(stream, host, "/.well-known/matrix/server"));
                await PauseAsync();
            }
        }

        private async Task ConnectAgainAsync(string name, string host, ListenerKind kind)
        {
            while (!end.IsCancellationRequested)
            {
                await using var stream = await gateway.ConnectAsync(kind, host);
                using var certificate = new X509Certificate2(stream.RemoteCertificate!);
                Assert.True(certificate.MatchesHostname(host), $"{host} is not in {certificate.Subject}");
                shown[(host, certificate.SerialNumber)] = true;
                Check(name, host, await AskAsync(stream, host));
                await PauseAsync();
            }
        }

        private async Task AskOnOneConnectionAsync(string name, string host)
        {
            while (!end.IsCancellationRequested)
            {
                using var content = new ByteArrayContent(new byte[2000]);
                using var answer = await modern.PutAsync(new Uri($"https://{host}/_matrix/federation/v1/send/1"), content);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.Contains(host, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
                Count(name);
                await PauseAsync();
            }
        }

        private async Task EchoAsync(string name, string host)
        {
            await using var stream = await gateway.ConnectAsync(serverName: host);
            var answer = await RawAnswer.ExchangeAsync(
                stream, $"GET {Socket} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
            Assert.Equal(101, answer.Status);
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                var sent = Encoding.ASCII.GetBytes($"{i:000000}");
                var received = new byte[sent.Length];
                await stream.WriteAsync(sent);
                await stream.ReadExactlyAsync(received);
                Assert.Equal(sent, received);
                Count(name);
                await PauseAsync();
            }
        }

        // One request that lasts as long as the load: each piece in its order, then the end of it.
        private async Task HoldAsync(string name, string host, string target)
        {
            using var answer = await modern.GetAsync(new Uri($"https://{host}{target}"), HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await using var stream = await answer.Content.ReadAsStreamAsync();
            var piece = new byte[5];
            var next = 0;
            while (true)
            {
                await stream.ReadExactlyAsync(piece);
                if (piece[0] == '{')
                    break;
                Assert.Equal($"{next++:00000}", Encoding.ASCII.GetString(piece));
                Count(name);
            }

            using var rest = new StreamReader(stream);
            Assert.Contains(host, await rest.ReadToEndAsync(), StringComparison.Ordinal);
            counts[name] += Passing.Length + 1;
        }

        private void Check(string name, string host, RawAnswer answer)
        {
            Assert.Equal(200, answer.Status);
            Assert.True(answer.IsComplete);
            Assert.Contains(host, answer.Text, StringComparison.Ordinal);
            Count(name);
        }

        private void Count(string name) => counts.AddOrUpdate(name, 1, (_, before) => before + 1);

        // Steady, not as fast as can be: other tests run on the same processors.
        private static Task PauseAsync() => Task.Delay(5);
    }
}
