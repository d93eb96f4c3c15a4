using System.Net;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying;

/// <summary>
/// What a client sends is what the homeserver gets, byte for byte, as a property: thousands of generated requests on each
/// HTTP version, compared with what a backend of bare sockets received. The seed is printed with a failure.
/// </summary>
public sealed class ByteExactnessTests
{
    private const int Requests = 3000;

    // What a client may put into a path segment (RFC 3986 §3.3) or a query, and what browsers and servers put there besides.
    private const string Plain = "abcxyzABCXYZ0189-_~!$&'()*+,;=:@[]{}|^`\"<>";
    private static readonly string[] Escapes = ["%2F", "%2f", "%3A", "%3a", "%21", "%7E", "%7e", "%25", "%e2%82%ac", "%E2%82%AC", "%23", "%3F", "%3B", "%20", "%2B", "%5C", "%C3", "%zz", "%", "%4"];

    // Of every class that HTTP clients and servers treat in a way of their own.
    private static readonly string[] HeaderNames =
    [
        "Accept", "Accept-Language", "Accept-Encoding", "Authorization", "Cookie", "User-Agent", "Referer", "Origin", "X-Custom", "x-lower", "X_Under",
        "If-None-Match", "If-Modified-Since", "Range", "Cache-Control", "Pragma", "Upgrade-Insecure-Requests", "Alt-Svc", "Via", "Date", "From", "DNT",
        "Sec-Fetch-Mode", "traceparent", "Baggage", "Warning", "Max-Forwards", "X-Request-Id", "Content-Type", "Content-Language", "Content-Disposition",
        "Content-Encoding", "Last-Modified", "Expires", "Allow", "If-Match", "Sec-WebSocket-Protocol", "Priority", "Link", "X-Matrix",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_is_sent_arrives_unchanged(int httpVersion)
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var http2 = gateway.Client(HttpVersion.Version20, trustEverything: true);
        await using var http1 = await gateway.ConnectAsync(ListenerKind.Federation);
        var seed = Random.Shared.Next();
        var random = new Random(seed);

        for (var i = 0; i < Requests; i++)
        {
            var sent = Generated.Next(random);
            if (httpVersion == 1)
            {
                var answer = await RawAnswer.ExchangeAsync(http1, sent.AsHttp1(chunked: random.Next(4) == 0));
                Assert.True(answer.Status == 200, $"seed {seed}, request {i}: {answer.Status} {answer.Text} for {sent.Target}");
            }
            else
            {
                using var message = sent.AsHttp2();
                using var answer = await http2.SendAsync(message);
                Assert.True(answer.StatusCode == HttpStatusCode.OK, $"seed {seed}, request {i}: {answer.StatusCode} for {sent.Target}");
            }

            Assert.True(backend.Requests.TryDequeue(out var received));
            var where = $"seed {seed}, request {i}: {received.Head}";
            Assert.True(sent.Method == received.Method && sent.Target == received.Target, $"{where}\nsent {sent.Method} {sent.Target}");
            Assert.True(sent.Body.AsSpan().SequenceEqual(received.Body), $"{where}\nthe body differs");
            Assert.True(sent.Comparable().SequenceEqual(Comparable(received)), $"{where}\nsent\n{string.Join('\n', sent.Comparable())}\nreceived\n{string.Join('\n', Comparable(received))}");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whatever_is_answered_arrives_unchanged(int httpVersion)
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        Reply? reply = null;
        await using var backend = new RawBackend((request, connection) => connection.SendAsync((request.IsGatewaysOwn ? Reply.Next(new Random(1)) : reply!).AsHttp1()));
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        using var http2 = gateway.Client(HttpVersion.Version20, trustEverything: true);
        await using var http1 = await gateway.ConnectAsync();

        for (var i = 0; i < Requests / 3; i++)
        {
            reply = Reply.Next(random);
            var where = $"seed {seed}, answer {i}: {Encoding.Latin1.GetString(reply.AsHttp1())}";
            if (httpVersion == 1)
            {
                var answer = await RawAnswer.ExchangeAsync(http1, "GET /_matrix/client/v3/x HTTP/1.1\r\nHost: example.com\r\n\r\n");
                Assert.True(answer.Status == reply.Status && answer.Body.AsSpan().SequenceEqual(reply.Body), where);
                Assert.All(reply.Headers, header => Assert.True(answer.Header(header.Name).SequenceEqual(reply.Values(header.Name)), $"{where}\n{answer.Head}"));
            }
            else
            {
                using var answer = await http2.GetAsync(new Uri("https://example.com/_matrix/client/v3/x"));
                Assert.True((int)answer.StatusCode == reply.Status && (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(reply.Body), where);
            }
        }
    }

    /// <summary>An answer of the homeserver's.</summary>
    private sealed record Reply(int Status, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body, bool IsChunked)
    {
        private static readonly string[] Names =
            ["Content-Type", "Cache-Control", "ETag", "Set-Cookie", "X-Custom", "x-lower", "Vary", "Location", "WWW-Authenticate", "Retry-After",
             "Content-Disposition", "Content-Security-Policy", "Access-Control-Allow-Origin", "Synapse-Trace-Id", "Link", "Expires", "Last-Modified", "Server", "Age"];

        public static Reply Next(Random random)
        {
            var names = Names.OrderBy(_ => random.Next()).Take(random.Next(0, 8)).ToList();
            var headers = names.Select(name => (name, Generated.Value(random))).ToList();
            if (names.Contains("Set-Cookie"))
                headers.Add(("Set-Cookie", Generated.Value(random)));
            var status = new[] { 200, 201, 202, 207, 301, 307, 308, 400, 401, 403, 404, 405, 413, 429, 500, 502, 503, 599 }[random.Next(18)];
            var body = new byte[random.Next(random.Next(20) == 0 ? 200_000 : 1500)];
            random.NextBytes(body);
            return new Reply(status, headers, body, random.Next(3) == 0);
        }

        public IEnumerable<string> Values(string name) => Headers.Where(header => header.Name == name).Select(header => header.Value);

        public byte[] AsHttp1()
        {
            var head = $"HTTP/1.1 {Status} Words of its own\r\n" + string.Concat(Headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
            if (!IsChunked || Body.Length == 0)
                return [.. Encoding.Latin1.GetBytes($"{head}Content-Length: {Body.Length}\r\n\r\n"), .. Body];
            return [.. Encoding.Latin1.GetBytes($"{head}Transfer-Encoding: chunked\r\n\r\n{Body.Length:x}\r\n"), .. Body, .. "\r\n0\r\n\r\n"u8];
        }
    }

    // Without what each connection says for itself; X-Forwarded-* is the gateway's and checked apart.
    private static IEnumerable<string> Comparable(RawRequest received)
    {
        Assert.Equal(["127.0.0.1"], received.Header("X-Forwarded-For"));
        Assert.Equal(["https"], received.Header("X-Forwarded-Proto"));
        return Generated.Combine(received.Headers.Where(header =>
            header.Name.ToLowerInvariant() is not ("host" or "content-length" or "transfer-encoding" or "x-forwarded-for" or "x-forwarded-proto")));
    }

    private sealed record Generated(string Method, string Target, IReadOnlyList<(string Name, string Value)> Headers, byte[] Body)
    {
        public static Generated Next(Random random)
        {
            var method = Pick(random, ["GET", "PUT", "POST", "DELETE", "PATCH", "GET", "PUT"]);
            var path = new StringBuilder("/_matrix");
            for (var segments = random.Next(1, 8); segments > 0; segments--)
                path.Append('/').Append(Text(random, random.Next(1, 30), Plain, Escapes));
            if (random.Next(8) == 0)
                path.Append('/');
            // An escape and digits behind it can make NUL by chance, which no server takes.
            path.Replace("%00", "%01");
            if (random.Next(2) == 0)
                path.Append('?').Append(Text(random, random.Next(0, 60), Plain + "/?.\\", Escapes));
            if (random.Next(200) == 0)
                path.Append("?since=").Append('s', 60_000);

            var headers = new List<(string, string)>();
            for (var count = random.Next(0, 12); count > 0; count--)
            {
                var name = Pick(random, HeaderNames);
                if (headers.Any(header => ((string)header.Item1).Equals(name, StringComparison.OrdinalIgnoreCase)) && !name.StartsWith('X'))
                    continue; // several of one name only where that is a list

                headers.Add((name, Value(random)));
            }

            var hasBody = method != "GET" && random.Next(5) > 0;
            var body = new byte[hasBody ? random.Next(random.Next(20) == 0 ? 300_000 : 2000) : 0];
            random.NextBytes(body);
            return new Generated(method, path.ToString(), headers, body);
        }

        public string AsHttp1(bool chunked)
        {
            var text = new StringBuilder($"{Method} {Target} HTTP/1.1\r\nHost: matrix.example.com\r\n");
            foreach (var (name, value) in Headers)
                text.Append(name).Append(": ").Append(value).Append("\r\n");

            var body = Encoding.Latin1.GetString(Body);
            if (chunked && Body.Length > 0)
            {
                var half = Body.Length / 2;
                text.Append("Transfer-Encoding: chunked\r\n\r\n");
                foreach (var part in new[] { body[..half], body[half..] }.Where(part => part.Length > 0))
                    text.Append($"{part.Length:x}\r\n").Append(part).Append("\r\n");
                return text.Append("0\r\n\r\n").ToString();
            }

            if (Body.Length > 0 || Method is "PUT" or "POST")
                text.Append($"Content-Length: {Body.Length}\r\n");
            return text.Append("\r\n").Append(body).ToString();
        }

        public HttpRequestMessage AsHttp2()
        {
            var message = new HttpRequestMessage(
                new HttpMethod(Method), new Uri("https://matrix.example.com" + Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
            {
                Content = Body.Length > 0 ? new ByteArrayContent(Body) : Headers.Any(header => !new HttpRequestMessage().Headers.TryAddWithoutValidation(header.Name, "x")) ? new ByteArrayContent([]) : null,
            };
            foreach (var (name, value) in Headers)
            {
                if (!message.Headers.TryAddWithoutValidation(name, value))
                    Assert.True(message.Content!.Headers.TryAddWithoutValidation(name, value));
            }

            return message;
        }

        public IEnumerable<string> Comparable() => Combine(Headers);

        // A field's value is its lines, joined in order (RFC 9110 §5.3); names are the same in any case.
        public static IEnumerable<string> Combine(IEnumerable<(string Name, string Value)> headers) => headers
            .GroupBy(header => header.Name.ToLowerInvariant())
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}: {string.Join(", ", group.Select(header => header.Value))}");

        public static string Value(Random random)
        {
            const string Characters = "abc XYZ019!#$%&'()*+-./:;<=>?@[\\]^_`{|}~\"";
            var text = Text(random, random.Next(1, 60), Characters, ["é", "ÿ", "\t", "  ", "=", "; ", "q=0.5"]).Trim(' ', '\t');
            return text.Length == 0 ? "x" : text;
        }

        private static string Text(Random random, int length, string characters, string[] pieces)
        {
            var text = new StringBuilder();
            while (text.Length < length)
            {
                if (random.Next(4) == 0)
                    text.Append(Pick(random, pieces));
                else
                    text.Append(characters[random.Next(characters.Length)]);
            }

            return text.ToString();
        }

        private static string Pick(Random random, string[] from) => from[random.Next(from.Length)];
    }
}
