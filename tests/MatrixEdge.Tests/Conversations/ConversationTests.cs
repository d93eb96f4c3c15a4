using System.Net;
using System.Net.Http.Headers;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Conversations;

/// <summary>
/// What is said on the wire, written as an operator would read it: each <c>.txt</c> file beside this one holds exchanges of
/// requests (<c>&gt;</c>) and what the answer must and must not have (<c>&lt;</c>). Each is held on every TLS port, on IPv4 and, where
/// the configuration listens on <c>localhost</c>, on IPv6; by HTTP/1.1 as raw bytes and, where a client of HTTP/2 can say the same, by HTTP/2.
/// </summary>
public sealed class ConversationTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    // How the configuration names each program behind the gateway, and how the expectations do. Longest first.
    private static readonly Dictionary<string, string> Backends = new()
    {
        ["AUTHENTICATION-BACKEND"] = "authentication",
        ["SECOND-BACKEND"] = "second",
        ["THIRD-BACKEND"] = "third",
        ["WEBSITE-BACKEND"] = "website",
        ["TOKENS-BACKEND"] = "tokens",
        ["LIVEKIT-BACKEND"] = "livekit",
        ["POLICY-BACKEND"] = "policy",
        ["BACKEND"] = "homeserver",
    };

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Conversations");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Is_held(string file)
    {
        var conversation = Conversation.Read(Path.Combine(Folder, file + ".txt"));
        var backends = Backends.ToDictionary(
            pair => pair.Value, pair => RawBackend.Answering($$"""{"from":"{{pair.Value}}"}""", "Server: Synapse\r\nAccess-Control-Allow-Origin: *\r\n"));
        await using var all = new Several(backends.Values);
        using var folder = new TemporaryFolder();
        WriteFiles(folder);
        var configuration = Backends.Aggregate(
            conversation.Configuration.Replace("DIRECTORY", folder.Path, StringComparison.Ordinal),
            (text, pair) => text.Replace(pair.Key, $"127.0.0.1:{backends[pair.Value].Port}", StringComparison.Ordinal));
        await using var gateway = await RunningGateway.StartAsync(configuration);

        foreach (var exchange in conversation.Exchanges)
        {
            foreach (var kind in exchange.Listeners)
            {
                foreach (var endPoint in gateway.EndPoints(kind))
                {
                    Forget(backends.Values);
                    await using var stream = exchange.IsPlain
                        ? await PlainAsync(endPoint)
                        : await gateway.ConnectAsync(kind, to: endPoint.Address);
                    var answer = await RawAnswer.ExchangeAsync(stream, exchange.Request, exchange.IsHead);
                    exchange.Check(answer.Status, answer.Header, answer.Text, backends, $"HTTP/1.1, {kind}, {endPoint}", gateway.Port(ListenerKind.Https), endPoint.Address);
                    if (!exchange.CanBeSaidInHttp2)
                        continue;

                    Forget(backends.Values);
                    using var client = gateway.Client(HttpVersion.Version20, kind, trustEverything: true, to: endPoint.Address);
                    using var response = await client.SendAsync(exchange.ToHttp2());
                    var text = await response.Content.ReadAsStringAsync();
                    exchange.Check((int)response.StatusCode, name => Values(response, name), text, backends, $"HTTP/2, {kind}, {endPoint}", 0, endPoint.Address);
                }
            }
        }

        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error);
    }

    // What DIRECTORY in a configuration stands for.
    private static void WriteFiles(TemporaryFolder folder)
    {
        foreach (var (name, text) in new[]
        {
            ("site/index.html", "<h1>The site</h1>"), ("site/404.html", "<h1>Not on the site</h1>"), ("site/blog/index.html", "<h1>The blog</h1>"),
            ("site/style.css", "h1 { color: green }"), ("site/.hidden", "not for you"), ("site/.well-known/matrix/client", "not this one"),
            ("client/index.html", "<h1>The client</h1>"), ("client/bundles/app.js", "start()"),
        })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
            File.WriteAllText(folder.File(name), text);
        }
    }

    private static void Forget(IEnumerable<RawBackend> backends)
    {
        foreach (var backend in backends)
            backend.Requests.Clear();
    }

    private static async Task<Stream> PlainAsync(IPEndPoint endPoint)
    {
        var client = new System.Net.Sockets.TcpClient(endPoint.AddressFamily);
        await client.ConnectAsync(endPoint);
        return client.GetStream();
    }

    private static string[] Values(HttpResponseMessage response, string name)
    {
        var values = new List<string>();
        foreach (HttpHeaders headers in new HttpHeaders[] { response.Headers, response.Content.Headers })
        {
            if (headers.NonValidated.TryGetValues(name, out var found))
                values.AddRange(found);
        }

        return [.. values];
    }

    private sealed class Several(IEnumerable<RawBackend> backends) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var backend in backends)
                await backend.DisposeAsync();
        }
    }
}
