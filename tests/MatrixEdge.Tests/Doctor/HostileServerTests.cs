using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Doctor;

/// <summary>Whatever a stranger's servers do, the doctor comes to an end, tells what it saw, and goes where it is allowed to.</summary>
public sealed class HostileServerTests
{
    // Far beyond what any of it may take, and far below what it would take if the strangers decided.
    private static readonly TimeSpan Guard = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Short = TimeSpan.FromSeconds(0.4);

    private static readonly string[] Junk =
    [
        "null", "[]", "{", "}", "\"", "0", "{}", "[[[]]]", "\0", "\uFEFF", "{\"a\"", "{\"a\":}",
        """{"m.server":"\ud800","m.homeserver":{"base_url":"\ud800"},"server_name":"\ud800","versions":["\ud800"],"flows":["\ud800"],"errcode":"\ud800"}""",
        """{"\ud800":1,"m.server":{"\udfff":1},"server_name":"example.org","verify_keys":{"ed25519:\ud800":{"key":"\udc00"}}}""",
        """{"m.server":"a","m.server":"b","m.homeserver":{},"m.homeserver":{"base_url":"https://matrix.example.org"},"contacts":[],"contacts":[{}]}""",
        """{"contacts":[{"role":"m.role.admin","role":"m.role.admin","email_address":"a@example.org"}],"support_page":1}""",
        """{"m.homeserver":{"base_url":"https://["},"org.matrix.msc4143.rtc_foci":[[],{},null,{"livekit_service_url":"https://["},{"livekit_service_url":1}]}""",
        """{"m.homeserver":{"base_url":"https://xn--/"},"m.server":"xn--:1"}""",
        """{"m.homeserver":{"base_url":"https://user:secret@matrix.example.org:0/?a#b"}}""",
        """{"server_name":"example.org","valid_until_ts":1e308,"verify_keys":{"":{"key":""}},"signatures":{"example.org":{"":"="}}}""",
        """{"server_name":"example.org","valid_until_ts":-99999999999999999999,"verify_keys":{"ed25519:a":{"key":"AAAA"}},"signatures":{"example.org":{"ed25519:a":"AAAA"}}}""",
        """{"server":{"name":[],"version":{}},"versions":[1,null,{}],"flows":[null],"issuer":[],"public_keys":{"ed25519":{}}}""",
        """{"server":{"name":"\u001b[31m\u202e","version":"\u0000\u0007"},"versions":{}}""",
        "{\"m.server\":\"" + new string('a', 40_000) + "\",\"server_name\":\"" + new string('b', 40_000) + "\"}",
        "{\"verify_keys\":{" + string.Join(',', Enumerable.Range(0, 3000).Select(i => $"\"ed25519:{i}\":{{\"key\":\"\"}}")) + "},\"server_name\":\"example.org\"}",
        new string('[', 100_000),
        string.Concat(Enumerable.Repeat("{\"a\":", 60)) + "1" + new string('}', 60),
    ];

    public static TheoryData<int> JunkNumbers => [.. Enumerable.Range(0, Junk.Length)];

    [Theory]
    [MemberData(nameof(JunkNumbers))]
    public async Task Makes_a_finding_of_any_answer(int number)
    {
        await using var world = new World(hasV6: false);
        world.Web.On("*", Reply.Json(Junk[number]));

        await ExamineAsync(world);

        // Where the documents are good and everything else is not.
        await using var another = new World(hasV6: false);
        another.Web.On("/_matrix/*", Reply.Json(Junk[number])).On("/.well-known/matrix/support", Reply.Json(Junk[number])).On("/.well-known/matrix/policy_server", Reply.Json(Junk[number]));

        await ExamineAsync(another);
    }

    public static TheoryData<string, string> Headers => new()
    {
        { "Location", "http://[" },
        { "Location", "//" },
        { "Location", "" },
        { "Location", "\t\v" },
        { "Location", "https://user:secret@example.org/" },
        { "Location", "https://example.org:99999/" },
        { "Location", "https://example.org:0/" },
        { "Location", "javascript:alert(1)" },
        { "Location", "file:///etc/passwd" },
        { "Location", "https://xn--/" },
        { "Location", "https://a..b/" },
        { "Location", "https://ex\u00e4mple.org/\u00ff%zz" },
        { "Location", "https://" + new string('a', 300) + ".example.org/" },
        { "Location", "https://example.org/" + new string('a', 30_000) },
        { "Location", "https://1/" },
        { "Content-Type", ";;;" },
        { "Content-Type", "\u00ff\u00fe" },
        { "Date", "yesterday" },
        { "Date", "Mon, 31 Dec 9999 23:59:59 GMT" },
        { "Date", "Mon, 01 Jan 0001 00:00:00 GMT" },
        { "Age", "-1" },
        { "Expires", "0" },
        { "Expires", "Fri, 31 Dec 9999 23:59:59 GMT" },
        { "Cache-Control", "max-age=99999999999999999999" },
        { "Cache-Control", "max-age=-1, max-age=2147483647, no-store=\"" },
        { "Content-Encoding", "gzip" },
        { "Content-Encoding", "br" },
        { "Content-Encoding", "deflate" },
        { "Content-Encoding", "gzip, br, zstd, nothing" },
        { "Content-Length", "99999999999999999999" },
        { "Content-Length", "1" },
        { "Transfer-Encoding", "chunked" },
        { "Transfer-Encoding", "gzip, chunked" },
        { "Access-Control-Allow-Origin", "\u00ff" },
        { "Access-Control-Allow-Headers", "" },
        { "Connection", "upgrade" },
        { "Set-Cookie", new string('x', 10_000) },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public async Task Makes_a_finding_of_any_header(string name, string value)
    {
        await using var world = new World(hasV6: false) { Patience = TimeSpan.FromSeconds(0.7) };
        world.Web.Change("*", reply => reply with { Status = name == "Location" ? 302 : reply.Status, Headers = [(name, value), .. reply.Headers.Where(header => !header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))] });

        await ExamineAsync(world);
    }

    public static TheoryData<string> Words =>
    [
        "", "\r\n\r\n", "\0\0\0\0", "HTTP/1.1", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 999 Odd\r\n\r\n", "HTTP/1.1 -1 Odd\r\n\r\n", "HTTP/1.1 20000 Odd\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n{}",
        "HTTP/1.1 200 OK\r\nA\r\n\r\n", "HTTP/1.1 200 OK\r\n: a\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n1234567", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ];

    [Theory]
    [MemberData(nameof(Words))]
    public async Task Makes_a_finding_of_what_is_hardly_HTTP(string words)
    {
        await using var world = new World(hasV6: false) { Patience = TimeSpan.FromSeconds(0.7) };
        world.Web.On("*", new Reply(0, "")
        {
            Raw = async (stream, stop) =>
            {
                await stream.WriteAsync(Encoding.Latin1.GetBytes(words), stop);
                await stream.DisposeAsync();
            },
        });

        await ExamineAsync(world);
    }

    // Side by side, since it is waiting for the most part.
    [Fact]
    public async Task Waits_for_nobody_for_ever()
    {
        string[] kinds =
        [
            "a byte at a time of the head", "a byte at a time of the body", "answers that are only preliminary", "headers without end", "silence", "silence in the handshake",
            "silence when connected to", "a handshake without end",
        ];

        var verdicts = await Task.WhenAll(kinds.Select(async kind =>
        {
            await using var world = new World(hasV6: false) { Patience = Short, Limit = TimeSpan.FromSeconds(20), WaitsInVain = true };
            Break(world, kind);
            return (kind, (await ExamineAsync(world)).Verdict);
        }));

        Assert.DoesNotContain(verdicts, pair => pair.Verdict != FindingOutcome.Fail);
    }

    [Fact]
    public async Task Finds_nothing_well_that_is_not_known_when_the_time_is_up()
    {
        await using var world = new World(hasV6: false) { Patience = TimeSpan.FromMinutes(5), Limit = TimeSpan.FromSeconds(2) };
        world.Web.On("*", Reply.Never);

        var examination = await ExamineAsync(world);

        Assert.Contains(examination.Findings, finding => finding.Outcome == FindingOutcome.Fail && finding.Summary.Contains("was not known after 2 s", StringComparison.Ordinal));
        Assert.NotEqual(FindingOutcome.Ok, examination.Findings.Single(finding => finding.Id == "keys").Outcome);
        Assert.Equal(FindingOutcome.Fail, examination.Verdict);
    }

    [Fact]
    public async Task Finds_nothing_well_when_the_name_servers_are_silent_for_longer_than_the_limit()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp); // takes questions, answers none
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var world = new World(hasV6: false) { Patience = TimeSpan.FromMinutes(5), Limit = TimeSpan.FromSeconds(1) };
        world.Resolvers.Clear();
        world.Resolvers.Add((IPEndPoint)silent.LocalEndPoint!);

        var examination = await ExamineAsync(world);

        Assert.Equal(FindingOutcome.Fail, examination.Verdict);
    }

    [Fact]
    public async Task Ends_at_once_when_it_is_told_to()
    {
        await using var world = new World(hasV6: false) { Patience = TimeSpan.FromMinutes(5), Limit = TimeSpan.FromMinutes(10) };
        world.Web.On("*", Reply.Never);
        using var stop = new CancellationTokenSource();
        var examining = world.ExamineAsync(stop: stop.Token);
        while (world.Dialled.IsEmpty)
            await Task.Delay(10);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => examining.WaitAsync(Guard));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("https://169.254.169.254/")]
    [InlineData("http://127.0.0.1:8008/_synapse/admin/")]
    [InlineData("http://127.1/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://172.16.5.5/")]
    [InlineData("http://192.168.1.1/")]
    [InlineData("http://100.64.1.1/")]
    [InlineData("http://localhost:9091/metrics")]
    [InlineData("http://anything.localhost/")]
    [InlineData("http://[::1]:8008/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fd00::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:a9fe:a9fe]/")]
    [InlineData("http://[64:ff9b::7f00:1]/")]
    [InlineData("http://[2002:7f00:1::]/")]
    [InlineData("http://[::]/")]
    [InlineData("http://inner.example.org/")]
    [InlineData("http://metadata.example.org/")]
    public async Task Follows_nobody_into_inner_networks(string place)
    {
        await using var world = new World(hasV6: false);
        world.Zone.Address("inner.example.org", "10.11.12.13", "fd00::13").Address("metadata.example.org", "169.254.169.254", "::1")
            .Service("_matrix-fed._tcp.example.org", "inner.example.org", 8448).Service("_matrix._tcp.example.org", "metadata.example.org", 80);
        var authority = new Uri(place).Authority;
        world.Web
            .On("/.well-known/matrix/server", Reply.Redirect(place))
            .On("/.well-known/matrix/client", Reply.Json($$"""{"m.homeserver":{"base_url":"{{place}}"},"org.matrix.msc4143.rtc_foci":[{"livekit_service_url":"{{place}}"}]}"""))
            .On("/.well-known/matrix/support", Reply.Redirect(place))
            .On("/_matrix/*", Reply.Redirect(place));
        await ExamineAsync(world);

        world.Web
            .On("/.well-known/matrix/server", Reply.Json($$"""{"m.server":"{{(authority.Contains(']') && !authority.EndsWith(']') || authority.Count(letter => letter == ':') == 1 ? authority : authority + ":443")}}"}"""))
            .On("/.well-known/matrix/client", Reply.Redirect(place));
        await ExamineAsync(world);

        Assert.NotEmpty(world.Dialled);
        Assert.DoesNotContain(world.Dialled, endPoint => endPoint.Address.Scope() != AddressScope.Public);
    }

    [Fact]
    public async Task Looks_at_a_few_of_very_many_addresses()
    {
        await using var world = new World(hasV6: false);
        world.Zone.Remove("matrix.example.org").Address("matrix.example.org", [.. Enumerable.Range(0, 1500).Select(i => $"8.20.{100 + i / 250}.{1 + i % 250}"), .. Enumerable.Range(1, 500).Select(i => $"2a01:4f8:20:2::{i:x}")]);

        await ExamineAsync(world);

        Assert.InRange(world.Dialled.Select(endPoint => endPoint.Address).Distinct().Count(), 1, 40);
        Assert.InRange(world.Dialled.Count, 1, 400);
    }

    [Fact]
    public async Task Looks_at_a_few_of_very_many_services()
    {
        await using var world = new World(Shape.Service);
        world.Zone.Remove("_matrix-fed._tcp.example.org");
        foreach (var i in Enumerable.Range(0, 500))
            world.Zone.Service("_matrix-fed._tcp.example.org", $"h{i}.example.org", 8000 + i).Address($"h{i}.example.org", $"8.21.{i / 250}.{1 + i % 250}", $"2a01:4f8:20:3::{i + 1:x}");

        await ExamineAsync(world);

        Assert.InRange(world.Dialled.Count, 1, 400);
        Assert.InRange(world.Questions, 1, 200);
    }

    [Fact]
    public async Task Follows_a_few_of_very_many_aliases()
    {
        await using var world = new World(hasV6: false);
        world.Zone.Remove("matrix.example.org").Alias("matrix.example.org", "a0.example.org");
        foreach (var i in Enumerable.Range(0, 1000))
            world.Zone.Alias($"a{i}.example.org", $"a{i + 1}.example.org");

        var examination = await ExamineAsync(world);

        Assert.InRange(world.Questions, 1, 200);
        Assert.Equal("addresses", examination.First!.Id);
    }

    [Fact]
    public async Task Asks_a_few_of_very_many_services_for_calls()
    {
        await using var world = new World(hasV6: false);
        var foci = string.Join(',', Enumerable.Range(0, 400).Select(i => $$"""{"type":"livekit","livekit_service_url":"https://matrix.example.org:{{10_000 + i}}/"}"""));
        world.Web.On("/.well-known/matrix/client", Reply.Json("{\"m.homeserver\":{\"base_url\":\"https://matrix.example.org\"},\"org.matrix.msc4143.rtc_foci\":[" + foci + "]}"));

        await ExamineAsync(world);

        Assert.InRange(world.Dialled.Count(endPoint => endPoint.Port >= 10_000), 1, 32);
    }

    private static async Task<Examination> ExamineAsync(World world)
    {
        var begun = Stopwatch.GetTimestamp();

        var examination = await world.ExamineAsync().WaitAsync(Guard);

        Assert.InRange(Stopwatch.GetElapsedTime(begun), TimeSpan.Zero, Guard);
        Assert.Empty(examination.Findings.Where(finding => finding.Summary.Contains("report it", StringComparison.Ordinal)).Select(Told.Of));
        // What strangers sent reaches a terminal and a web page.
        Assert.All(examination.Findings.SelectMany(finding => new[] { finding.Summary, finding.Cause, finding.Remedy }.OfType<string>().Concat(finding.Evidence)).Concat(examination.Route), text =>
        {
            Assert.DoesNotContain(text, letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) == UnicodeCategory.Format);
            Assert.InRange(text.Length, 0, 2000);
        });
        return examination;
    }

    private static void Break(World world, string kind)
    {
        static Reply Endless(string begin, string again, TimeSpan pause) => new Reply(0, "")
        {
            Raw = async (stream, stop) =>
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(begin), stop);
                while (true)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(again), stop);
                    await Task.Delay(pause, stop);
                }
            },
        };
        var moment = TimeSpan.FromMilliseconds(100);
        _ = kind switch
        {
            "a byte at a time of the head" => world.Web.On("*", Endless("HTTP/1.1 200 O", "K", moment)),
            "a byte at a time of the body" => world.Web.On("*", Endless("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n{", " ", moment)),
            "answers that are only preliminary" => world.Web.On("*", Endless("", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", TimeSpan.FromMilliseconds(1))),
            "headers without end" => world.Web.On("*", Endless("HTTP/1.1 200 OK\r\n", "X-A: b\r\n", moment)),
            "silence" => world.Web.On("*", Reply.Never),
            "silence in the handshake" => world.At(null, place => place.Raw = (_, stop) => Task.Delay(Timeout.Infinite, stop)).Web,
            "silence when connected to" => world.At(null, place => place.Reach = Reach.Silent).Web,
            _ => world.At(null, place => place.Raw = ShakeForeverAsync).Web,
        };
    }

    // The header of a record that never comes to its end (RFC 8446 §5.1).
    private static async Task ShakeForeverAsync(Stream stream, CancellationToken stop)
    {
        await stream.WriteAsync((byte[])[22, 3, 3, 64, 0, 2, 0, 63, 252], stop);
        while (true)
        {
            await stream.WriteAsync(new byte[1], stop);
            await Task.Delay(100, stop);
        }
    }
}
