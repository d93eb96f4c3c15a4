using System.Net;
using System.Net.Http.Headers;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Conversations;

/// <summary>
/// What is said on the wire, written as an operator would read it: each <c>.txt</c> file beside this one holds exchanges of
/// requests (<c>&gt;</c>) and what the answer must and must not have (<c>&lt;</c>). Each is held on every TLS port, by
/// HTTP/1.1 as raw bytes and, where a client of HTTP/2 can say the same, by HTTP/2.
/// </summary>
public sealed class ConversationTests
{
    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order()];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Conversations");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Is_held(string file)
    {
        var conversation = Conversation.Read(Path.Combine(Folder, file + ".txt"));
        await using var backend = RawBackend.Answering("""{"from":"homeserver"}""", "Server: Synapse\r\nAccess-Control-Allow-Origin: *\r\n");
        await using var gateway = await RunningGateway.StartAsync(conversation.Configuration.Replace("BACKEND", $"127.0.0.1:{backend.Port}", StringComparison.Ordinal));

        foreach (var exchange in conversation.Exchanges)
        {
            foreach (var kind in exchange.OnPort80 ? [ListenerKind.Http] : new[] { ListenerKind.Https, ListenerKind.Federation })
            {
                foreach (var endPoint in gateway.EndPoints(kind))
                {
                    backend.Requests.Clear();
                    await using var stream = exchange.OnPort80
                        ? await PlainAsync(endPoint)
                        : await gateway.ConnectAsync(kind, to: endPoint.Address);
                    var answer = await RawAnswer.ExchangeAsync(stream, exchange.Request, exchange.IsHead);
                    exchange.Check(answer.Status, answer.Header, answer.Text, backend.Requests, $"HTTP/1.1, {kind}, {endPoint}", gateway.Port(ListenerKind.Https));
                }

                if (!exchange.CanBeSaidInHttp2)
                    continue;

                backend.Requests.Clear();
                using var client = gateway.Client(HttpVersion.Version20, kind, trustEverything: true);
                using var response = await client.SendAsync(exchange.ToHttp2());
                var text = await response.Content.ReadAsStringAsync();
                exchange.Check((int)response.StatusCode, name => Values(response, name), text, backend.Requests, $"HTTP/2, {kind}", 0);
            }
        }

        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level >= Serilog.Events.LogEventLevel.Error);
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
}
