using System.Net;
using System.Text;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Conversations;

/// <summary>
/// One file: the configuration below <c>MatrixEdge</c> first, then exchanges separated by empty lines. Of an answer,
/// <c>&lt; 200</c> is the status, <c>&lt; name: value</c> a header that must be there once with this value, <c>&lt; name:</c>
/// one that must not be there, <c>&lt; body: text</c> a part of the body, <c>&lt; homeserver: LINE</c> what the homeserver
/// must have received as its request line (<c>nothing</c>: no request). In place of <c>homeserver</c> may stand the name of another
/// program behind the gateway. <c>&lt; port 80</c> and <c>&lt; admin listener</c> say where, in place of both TLS ports;
/// <c>CLIENT</c> in a value is the address that the request comes from. Exchanges below <c># row: HOST PATH</c>, up to the next,
/// belong to that row of README's table.
/// </summary>
internal sealed record Conversation(string Configuration, IReadOnlyList<Conversation.Exchange> Exchanges)
{
    private const string RowMark = "# row: ";

    public static Conversation Read(string path)
    {
        var configuration = new StringBuilder();
        var exchanges = new List<Exchange>();
        var request = new List<string>();
        var expected = new List<string>();
        var title = "";
        string? row = null;

        void Finish()
        {
            if (request.Count > 0)
                exchanges.Add(new Exchange($"{Path.GetFileName(path)}: {title}", row, [.. request], [.. expected]));
            request.Clear();
            expected.Clear();
        }

        foreach (var line in File.ReadAllLines(path))
        {
            switch (line)
            {
                case { Length: 0 }:
                    Finish();
                    break;
                case var _ when line.StartsWith(RowMark, StringComparison.Ordinal):
                    row = line[RowMark.Length..];
                    break;
                case ['#', ..]:
                    title = line[1..].Trim();
                    break;
                case ['|', ..]:
                    configuration.AppendLine(line[1..]);
                    break;
                case ['>', ..]:
                    request.Add(line[1..].TrimStart(' '));
                    break;
                case ['<', ..]:
                    expected.Add(line[1..].Trim());
                    break;
                default:
                    throw new FormatException($"{path}: what is \"{line}\"?");
            }
        }

        Finish();
        return exchanges.Count > 0 ? new Conversation(configuration.ToString(), exchanges) : throw new FormatException($"{path} is empty");
    }

    internal sealed record Exchange(string Title, string? Row, string[] Lines, string[] Expected)
    {
        private const string Port80 = "port 80";
        private const string AdminListener = "admin listener";
        private const string OnlyHttp11 = "only HTTP/1.1";

        private string[] Words => Lines[0].Split(' ');

        public bool IsPlain => Expected.Contains(Port80) || Expected.Contains(AdminListener);

        public ListenerKind[] Listeners => Expected.Contains(Port80)
            ? [ListenerKind.Http]
            : Expected.Contains(AdminListener) ? [ListenerKind.Admin] : [ListenerKind.Https, ListenerKind.Federation];

        public bool IsHead => Words[0] == "HEAD";

        public bool CanBeSaidInHttp2 => !IsPlain && Words[2] == "HTTP/1.1" && Words[1][0] == '/' && Lines.Any(line => line.StartsWith("Host:", StringComparison.Ordinal))
            && !Expected.Contains(OnlyHttp11) && !Lines.Any(line => line.StartsWith("Transfer-Encoding", StringComparison.Ordinal));

        public string Request => string.Join("\r\n", Headers()) + "\r\n\r\n" + Body();

        public HttpRequestMessage ToHttp2()
        {
            var message = new HttpRequestMessage(
                new HttpMethod(Words[0]),
                new Uri("https://gateway" + Words[1], new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            if (Body().Length > 0)
                message.Content = new ByteArrayContent(Encoding.Latin1.GetBytes(Body()));
            foreach (var line in Headers().Skip(1))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (!message.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim()))
                    message.Content?.Headers.TryAddWithoutValidation(line[..colon], line[(colon + 1)..].Trim());
            }

            return message;
        }

        public void Check(int status, Func<string, IReadOnlyList<string>> header, string body, IReadOnlyDictionary<string, RawBackend> received, string how, int httpsPort, IPAddress client)
        {
            foreach (var line in Expected)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                var (name, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 1)..].Trim().Replace("HTTPSPORT", $"{httpsPort}", StringComparison.Ordinal).Replace("CLIENT", $"{client}", StringComparison.Ordinal));
                var said = $"{Title} ({how}): {line}";
                switch (name)
                {
                    case Port80 or AdminListener or OnlyHttp11:
                        break;
                    case "body" when value.Length == 0:
                        Assert.True(body.Length == 0, $"{said}, but got {body}");
                        break;
                    case "body":
                        Assert.True(body.Contains(value, StringComparison.Ordinal), $"{said}, but got {body}");
                        break;
                    case var _ when received.TryGetValue(name, out var backend):
                        var got = backend.Requests.SingleOrDefault()?.Line ?? "nothing";
                        Assert.True(got == value, $"{said}, but got {got}");
                        break;
                    case var _ when name.EndsWith(" header", StringComparison.Ordinal) && received.TryGetValue(name[..^" header".Length], out var asked):
                        var all = string.Join("\n", asked.Requests.Single().Headers.Select(pair => $"{pair.Name}: {pair.Value}"));
                        Assert.True(all.Split('\n').Count(sent => sent.Equals(value, StringComparison.OrdinalIgnoreCase)) == 1, $"{said}, but got {all}");
                        break;
                    default:
                        if (int.TryParse(name, out var expected))
                        {
                            Assert.True(status == expected, $"{said}, but got {status} {body}");
                            break;
                        }

                        var values = header(name);
                        Assert.True(
                            value.Length == 0 ? values.Count == 0 : values.SequenceEqual([value]),
                            $"{said}, but got {(values.Count == 0 ? "none" : string.Join(" | ", values))}");
                        break;
                }
            }
        }

        private IEnumerable<string> Headers() => Lines.TakeWhile(line => line.Length > 0);

        private string Body() => string.Join("\n", Lines.SkipWhile(line => line.Length > 0).Skip(1));
    }
}
