using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MatrixEdge.EndToEnd.Support;
using MatrixEdge.Protocol;

namespace MatrixEdge.EndToEnd;

/// <summary>Whoever collects the metrics pays for each series: nobody outside may make more of them.</summary>
public sealed partial class MetricsTests : IDisposable
{
    private const int Million = 1_000_000;
    private const int Batch = 250;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get", "Brew"];

    private static readonly int[] Statuses = [.. Enumerable.Range(200, 60), .. Enumerable.Range(300, 20), .. Enumerable.Range(400, 60), .. Enumerable.Range(500, 30), 599, 699, 799, 999];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_million_requests_with_any_method_host_path_header_origin_and_status_make_no_series_more()
    {
        using var authority = new TestAuthority(folder.Path);
        await using var backend = new AnsweringBackend();
        var (http, https, federation, admin) = (FreePorts.Take(), FreePorts.Take(), FreePorts.Take(), FreePorts.Take());
        await using var gateway = await StartAsync(authority, backend.Address, http, https, federation, admin);
        var load = new Load(authority.Trust(), http, https, federation);

        // All that a homeserver can be asked, and all that it can answer; then each thing that the rest will be made of.
        await load.SendAsync(Asking(Operations.All), http);
        await load.SendAsync(Asking(Operations.All.DistinctBy(operation => operation.CountedAs)), https);
        await load.SendAsync(Asking(Operations.All.DistinctBy(operation => operation.CountedAs)), federation);
        await load.SendAsync(Methods.SelectMany(method => Statuses.Select(status => Request(method, $"/_matrix/client/v3/sync?status={status}", "localhost"))), https);
        await load.SendAsync([Request("GET", "/_matrix/client/v3/sync?status=200&close", "localhost")], https);
        await load.SendAnyAsync(40_000, new Random(1));
        await load.SendJunkAsync(new Random(2), 5);
        var before = await CollectAsync(admin, load.Sent);

        await load.SendAnyAsync(Million - load.Sent, new Random(3));
        await load.SendJunkAsync(new Random(4), 50);
        var after = await CollectAsync(admin, load.Sent);

        Assert.Equal(Million, load.Sent);
        Assert.True(after.SetEquals(before), string.Join('\n', after.Except(before).Select(series => "+ " + series).Concat(before.Except(after).Select(series => "- " + series))));
        Assert.InRange(after.Count, 1000, 100_000);
        Assert.InRange(gateway.Lines.Count, 1, 300);
        Assert.DoesNotContain("OpenTelemetry", await File.ReadAllTextAsync($"/proc/{gateway.Id}/maps", Stop), StringComparison.Ordinal); // of no use where nothing is sent
    }

    private async Task<ChildProcess> StartAsync(TestAuthority authority, Uri backend, int http, int https, int federation, int admin)
    {
        await File.WriteAllTextAsync(folder.File("appsettings.json"), JsonSerializer.Serialize(new
        {
            MatrixEdge = new
            {
                Listen = new { Http = $"127.0.0.1:{http}", Https = $"127.0.0.1:{https}", Federation = $"127.0.0.1:{federation}", Admin = $"127.0.0.1:{admin}" },
                Certificate = new { Source = "Files", authority.CertificatePath, authority.PrivateKeyPath },
                Store = new { Directory = folder.File("store") },
                Sites = new[] { new { ServerName = "localhost", Homeserver = new { Kind = "Synapse", Address = backend.GetLeftPart(UriPartial.Authority) } } },
                Doctor = new { Every = "00:00:00" }, // what the gateway asks itself is counted, too
                Limits = new { Exempt = new[] { "127.0.0.1" } },
            },
            Serilog = new { MinimumLevel = new { Override = new Dictionary<string, string> { ["MatrixEdge.Access"] = "Error" } } },
        }), Stop);
        var gateway = await ChildProcess.StartAsync(GatewayCommand.With("serve", "--config", folder.File("appsettings.json")));
        await Until.TrueAsync(
            () =>
            {
                Assert.False(gateway.HasExited, string.Join('\n', gateway.Lines));
                return Task.FromResult(gateway.Lines.Any(line => line.Contains($"127.0.0.1:{admin}", StringComparison.Ordinal)));
            },
            "the gateway's banner", Stop);
        return gateway;
    }

    // A request is counted when it is over, which its sender knows a little earlier. Collecting is counted by the platform, too.
    private static async Task<HashSet<string>> CollectAsync(int admin, int requests)
    {
        var metrics = "";
        await Until.TrueAsync(
            async () =>
            {
                using var collector = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{admin}") };
                metrics = await collector.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop);
                return metrics.Contains($"kestrel_connection_duration_seconds_count{{server_port=\"{admin}\"", StringComparison.Ordinal)
                    && Counted().Matches(metrics).Sum(match => long.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) == requests;
            },
            $"all {requests} requests in the metrics", Stop);
        return [.. metrics.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.LastIndexOf(' ')])];
    }

    private static IEnumerable<string> Asking(IEnumerable<Operation> operations)
    {
        foreach (var operation in operations)
        {
            var method = operation.Template[..operation.Template.IndexOf(' ', StringComparison.Ordinal)];
            var path = Parameter().Replace(operation.Template[(method.Length + 1)..], "x").Replace("*", "/zz", StringComparison.Ordinal).Replace("//", "/", StringComparison.Ordinal);
            foreach (var status in (int[])[200, 302, 404, 503])
                yield return Request(method == "OTHER" ? "BREW" : method, $"{path}?status={status}", "localhost");
        }
    }

    private static string Request(string method, string target, string host, string headers = "") => $"{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}\r\n";

    [GeneratedRegex("""^matrixedge_request_duration_seconds_count\{.*\} (\d+)$""", RegexOptions.Multiline)]
    private static partial Regex Counted();

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Parameter();

    /// <summary>Somebody who wants to be counted as many.</summary>
    private sealed class Load(SslClientAuthenticationOptions trust, int http, int https, int federation)
    {
        private static readonly string[] Private = ["/_synapse/admin/", "/_synapse/", "/_dendrite/", "/_conduwuit/", "/_matrix/app/", "/_tuwunel/", "/.well-known/", "/.well-known/matrix/", "/"];
        private static readonly string[] Templates = [.. Operations.All.Where(operation => !operation.IsArea).Select(operation => operation.Template)];

        private int sent;

        public int Sent => Volatile.Read(ref sent);

        /// <summary>Sends these by four connections.</summary>
        public async Task SendAsync(IEnumerable<string> requests, int port)
        {
            var batches = requests.Chunk(Batch).ToList();
            await Task.WhenAll(Enumerable.Range(0, 4).Select(async part =>
            {
                await using var connection = await OpenAsync(port);
                foreach (var batch in batches.Where((_, index) => index % 4 == part))
                    await SendAsync(connection, string.Concat(batch), batch.Length);
            }));
        }

        /// <summary>Sends any requests, so many, by several connections to each port.</summary>
        public async Task SendAnyAsync(int count, Random random)
        {
            int[] ports = [http, https, federation, https, federation, https];
            var rest = count;
            await Task.WhenAll(ports.Select(port => (Port: port, Random: new Random(random.Next()))).Select(part => Task.Run(async () =>
            {
                await using var connection = await OpenAsync(part.Port);
                var text = new StringBuilder();
                while (Take() is > 0 and var size)
                {
                    text.Clear();
                    for (var i = 0; i < size; i++)
                        Append(text, part.Random);
                    await SendAsync(connection, text.ToString(), size);
                }
            })));

            int Take()
            {
                var before = Interlocked.Add(ref rest, -Batch) + Batch;
                return Math.Clamp(before, 0, Batch);
            }
        }

        /// <summary>Sends what is no request, and what is no TLS.</summary>
        public async Task SendJunkAsync(Random random, int times)
        {
            for (var i = 0; i < times; i++)
            {
                foreach (var port in (int[])[http, https, federation])
                {
                    await RefuseAsync(port, isTls: port != http, $"{Word(random)} {Word(random)}\r\n\r\n");
                    await RefuseAsync(port, isTls: port != http, $"GET /{Word(random)} HTTP/{random.Next(10)}.{random.Next(2, 10)}\r\n\r\n");
                    await RefuseAsync(port, isTls: port != http, $"GET / HTTP/1.1\r\nHost: a\r\nHost: {Word(random)}\r\n\r\n");
                    await RefuseAsync(port, isTls: false, $"{Word(random)} is long enough to be seen as no beginning of TLS\r\n\r\n");
                }
            }
        }

        private async Task RefuseAsync(int port, bool isTls, string junk)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), Stop);
            await using Stream plain = new NetworkStream(socket);
            await using var stream = isTls ? new SslStream(plain) : plain;
            if (stream is SslStream tls)
                await tls.AuthenticateAsClientAsync(trust, Stop);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(junk), Stop);
            try
            {
                while (await stream.ReadAsync(new byte[4096], Stop) > 0)
                {
                    // Until the gateway has had enough.
                }
            }
            catch (IOException)
            {
            }
        }

        private static void Append(StringBuilder text, Random random)
        {
            var method = random.Next(3) == 0 ? Word(random) : Methods[random.Next(Methods.Length)];
            switch (random.Next(100))
            {
                case < 1:
                    var template = Templates[random.Next(Templates.Length)];
                    var space = template.IndexOf(' ', StringComparison.Ordinal);
                    var path = Parameter().Replace(template[(space + 1)..], _ => Word(random));
                    text.Append(Request(
                        template[..space], $"{path}?status={Statuses[random.Next(Statuses.Length)]}", "localhost",
                        $"Authorization: X-Matrix origin=\"{Word(random)}.example\",destination=\"{(random.Next(2) == 0 ? "localhost" : Word(random))}\",key=\"ed25519:1\",sig=\"c2ln\"\r\nUser-Agent: {Word(random)}\r\n"));
                    break;
                case < 20:
                    text.Append(Request(method, Private[random.Next(Private.Length)] + Word(random), "localhost"));
                    break;
                case < 30:
                    text.Append(Request(method, $"/_matrix/{Word(random)}/../{Word(random)}", "localhost:8448"));
                    break;
                default:
                    text.Append(Request(
                        method, $"/{Word(random)}/{Word(random)}?{Word(random)}", Word(random) + ".example",
                        $"X-Forwarded-For: {random.Next(256)}.{random.Next(256)}.0.1\r\nX-{Word(random)}: {Word(random)}\r\nAuthorization: X-Matrix origin=\"{Word(random)}\"\r\n"));
                    break;
            }
        }

        private static string Word(Random random) => string.Create(random.Next(1, 12), random, static (word, random) => random.GetItems("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", word));

        private Task<PipelinedConnection> OpenAsync(int port) => PipelinedConnection.OpenAsync(port, port == http ? null : trust, Stop);

        private async Task SendAsync(PipelinedConnection connection, string requests, int count)
        {
            await connection.ExchangeAsync(Encoding.ASCII.GetBytes(requests), count, Stop);
            Interlocked.Add(ref sent, count);
        }
    }
}
