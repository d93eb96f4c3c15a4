using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using MatrixEdge.Dns;
using MatrixEdge.Tests.Support;
using static MatrixEdge.Tests.Dns.FakeNameServer;

namespace MatrixEdge.Tests.Dns;

/// <summary>Asking servers that fail, lie, or stay silent.</summary>
public sealed class DnsClientTests
{
    private const string Name = "example.test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Takes_only_the_answer_to_its_own_question()
    {
        await using var server = new FakeNameServer((question, _) =>
        {
            var right = Reply(question, DnsCode.NoError, Text(Name, "right"));
            var wrong = right with { Answers = [Text(Name, "wrong")] };
            return
            [
                DnsMessageWriter.Write(wrong with { Id = (ushort)(question.Id + 1) }),
                DnsMessageWriter.Write(wrong with { Questions = [new DnsQuestion(DnsName.Parse("example.org"), DnsType.TXT)] }),
                DnsMessageWriter.Write(wrong with { Questions = [new DnsQuestion(DnsName.Parse(Name), DnsType.A)] }),
                DnsMessageWriter.Write(wrong with { Questions = [] }),
                DnsMessageWriter.Write(wrong with { IsResponse = false }),
                DnsMessageWriter.Write(wrong with { Opcode = DnsOpcode.Notify }),
                [1, 2, 3],
                [],
                DnsMessageWriter.Write(right),
            ];
        });

        var answer = await AskAsync(server);

        Assert.Equal(["right"], Texts(answer));
        Assert.Equal(server.EndPoint, answer.Server);
    }

    [Fact]
    public async Task Takes_no_answer_from_anyone_else()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        FakeNameServer? server = null;
        server = new FakeNameServer((question, _) =>
        {
            other.SendTo(DnsMessageWriter.Write(Reply(question, DnsCode.NoError, Text(Name, "wrong"))), server!.Asked.Last().From);
            return [DnsMessageWriter.Write(Reply(question, DnsCode.NoError, Text(Name, "right")))];
        });
        await using var _ = server;

        Assert.Equal(["right"], Texts(await AskAsync(server)));
    }

    [Fact]
    public async Task Asks_from_another_port_with_another_id_each_time()
    {
        await using var server = new FakeNameServer(question => Reply(question));
        var client = new DnsClient([server.EndPoint], TimeProvider.System);

        for (var i = 0; i < 30; i++)
            await client.AskAsync(DnsName.Parse(Name), DnsType.A, Stop);

        Assert.InRange(server.Asked.Select(asked => asked.Message.Id).Distinct().Count(), 25, 30);
        Assert.InRange(server.Asked.Select(asked => asked.From).Distinct().Count(), 20, 30);
        Assert.All(server.Asked, asked => Assert.Equal((true, (ushort?)1232), (asked.Message.RecursionDesired, asked.Message.DatagramSize)));
    }

    [Fact]
    public async Task A_cut_off_answer_is_asked_for_by_tcp()
    {
        await using var server = new FakeNameServer((question, byTcp) => byTcp
            ? [DnsMessageWriter.Write(Reply(question, DnsCode.NoError, Text(Name, "whole")))]
            : [DnsMessageWriter.Write(Reply(question) with { IsTruncated = true })]);
        await using var careless = new FakeNameServer((question, byTcp) => byTcp
            ? [DnsMessageWriter.Write(Reply(question, DnsCode.NoError, Text(Name, "whole")))]
            : [DnsMessageWriter.Write(Reply(question, DnsCode.NoError, Text(Name, "whole")) with { IsTruncated = true })[..^3]]);

        Assert.Equal(["whole"], Texts(await AskAsync(server)));
        Assert.Equal(["whole"], Texts(await AskAsync(careless)));
    }

    [Fact]
    public async Task A_server_that_does_not_know_edns_is_asked_without()
    {
        await using var server = new FakeNameServer(question => question.DatagramSize is null
            ? Reply(question, DnsCode.NoError, Text(Name, "old"))
            : Reply(question, DnsCode.FormatError) with { Questions = [] });

        Assert.Equal(["old"], Texts(await AskAsync(server)));
    }

    [Theory]
    [InlineData(DnsCode.ServerFailure)]
    [InlineData(DnsCode.Refused)]
    [InlineData(DnsCode.NotImplemented)]
    public async Task A_resolver_that_fails_is_followed_by_the_next(object code)
    {
        await using var first = new FakeNameServer(question => Reply(question, (DnsCode)code));
        await using var second = new FakeNameServer(question => Reply(question, DnsCode.NoError, Text(Name, "second")));

        var both = await AskAsync(first, second);
        var alone = await AskAsync(first);

        Assert.Equal(["second"], Texts(both));
        Assert.Equal(((DnsCode)code, false, null), (alone.Code!.Value, alone.IsDecided, alone.Failure));
    }

    [Fact]
    public async Task That_there_is_no_such_name_is_final()
    {
        await using var first = new FakeNameServer(question => Reply(question, DnsCode.NameError));
        await using var second = new FakeNameServer(question => Reply(question));

        var answer = await AskAsync(first, second);

        Assert.Equal(DnsCode.NameError, answer.Code);
        Assert.Empty(second.Asked);
    }

    [Fact]
    public async Task Silence_is_an_answer_in_words_and_the_next_resolver_is_asked()
    {
        await using var silent = new FakeNameServer(_ => null);
        await using var talking = new FakeNameServer(question => Reply(question, DnsCode.NoError, Text(Name, "here")));
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start(); // For TCP, so that nobody has it for UDP.
        var nobody = (IPEndPoint)closed.LocalEndpoint;

        var alone = await Client([silent.EndPoint, nobody], TimeSpan.FromMilliseconds(200)).AskAsync(DnsName.Parse(Name), DnsType.TXT, Stop);
        Assert.Equal(2, silent.Asked.Count);
        var both = await Client([nobody, silent.EndPoint, talking.EndPoint], TimeSpan.FromSeconds(3)).AskAsync(DnsName.Parse(Name), DnsType.TXT, Stop);

        Assert.Equal($"{silent.EndPoint} did not answer within 0.2 s; no name server listens on {nobody}", alone.Failure);
        Assert.Equal((false, null), (alone.IsAnswered, alone.Code));
        Assert.Equal(3, silent.Asked.Count);
        Assert.Equal(["here"], Texts(both));
    }

    [Fact]
    public async Task Patience_is_measured_by_the_clock_that_was_given()
    {
        await using var silent = new FakeNameServer(_ => null);
        var time = new ManualTime(DateTimeOffset.UnixEpoch);

        var asking = new DnsClient([silent.EndPoint], time) { Tries = 1, Patience = TimeSpan.FromHours(1) }.AskAsync(DnsName.Parse(Name), DnsType.A, Stop);
        await UntilAskedAsync(silent);
        time.Advance(TimeSpan.FromHours(1));

        Assert.False((await asking).IsAnswered);
    }

    [Fact]
    public async Task Asking_ends_with_whoever_asked()
    {
        await using var silent = new FakeNameServer(_ => null);
        using var end = new CancellationTokenSource();

        var asking = Client([silent.EndPoint], TimeSpan.FromHours(1)).AskAsync(DnsName.Parse(Name), DnsType.A, end.Token);
        await UntilAskedAsync(silent);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task Follows_aliases_within_an_answer_and_from_one_to_the_next()
    {
        await using var server = new FakeNameServer(question => question.Questions[0].Name.ToString() switch
        {
            Name => Reply(question, DnsCode.NoError, Alias(Name, "b.test"), Alias("b.test", "c.test")) with { RecursionAvailable = false },
            "c.test" => Reply(question, DnsCode.NoError, Alias("c.test", "d.test"), Text("d.test", "end"), Text("e.test", "not asked for")) with { RecursionAvailable = false },
            _ => Reply(question, DnsCode.NameError),
        });

        var answer = await AskAsync(server);

        Assert.Equal(["end"], Texts(answer));
        Assert.Equal(["b.test", "c.test", "d.test"], answer.Aliases.Select(alias => alias.ToString()));
        Assert.Equal(DnsName.Parse("d.test"), answer.Target);
        Assert.Null(answer.Failure);
    }

    [Fact]
    public async Task Aliases_without_end_end()
    {
        await using var circle = new FakeNameServer(question => question.Questions[0].Name.ToString() == Name
            ? Reply(question, DnsCode.NoError, Alias(Name, "b.test")) with { RecursionAvailable = false }
            : Reply(question, DnsCode.NoError, Alias("b.test", Name)) with { RecursionAvailable = false });
        await using var endless = new FakeNameServer(question =>
            Reply(question, DnsCode.NoError, Alias(question.Questions[0].Name.ToString(), $"x{Random.Shared.Next()}.test")) with { RecursionAvailable = false });

        Assert.Equal($"the CNAMEs of {Name} lead in a circle", (await AskAsync(circle)).Failure);
        Assert.Equal($"{Name} has more than 16 CNAMEs in a row", (await AskAsync(endless)).Failure);
        Assert.InRange(endless.Asked.Count, 16, 18);
    }

    [Fact]
    public async Task Finds_the_zone_of_a_name_and_its_servers()
    {
        var start = new StartOfAuthorityData(DnsName.Parse("ns1.test"), DnsName.Parse("ns1.test"), 1, 1, 1, 1, 1);
        await using var server = new FakeNameServer(question => (question.Questions[0].Name.ToString(), question.Questions[0].Type) switch
        {
            ("_acme-challenge.a.zone.test", DnsType.SOA) => Reply(question, DnsCode.NameError), // And not a word of the zone.
            ("a.zone.test", DnsType.SOA) => Reply(question, DnsCode.NoError, Alias("a.zone.test", "elsewhere.test"), Record("elsewhere.test", DnsType.SOA, start)),
            ("zone.test", DnsType.SOA) => Reply(question, DnsCode.NoError, Record("zone.test", DnsType.SOA, start)),
            ("zone.test", DnsType.NS) => Reply(question, DnsCode.NoError, Ns("ns1.test"), Ns("ns2.test"), Ns("ns1.test")),
            ("ns1.test", DnsType.A) => Reply(question, DnsCode.NoError, Record("ns1.test", DnsType.A, new AddressData(IPAddress.Parse("192.0.2.1")))),
            ("ns1.test", DnsType.AAAA) => Reply(question, DnsCode.NoError, Record("ns1.test", DnsType.AAAA, new AddressData(IPAddress.Parse("2001:db8::1")))),
            _ => Reply(question, DnsCode.NameError),
        });

        var zone = await new ZoneFinder(Client([server.EndPoint])).FindAsync(DnsName.Parse("_acme-challenge.a.zone.test"), Stop);
        var none = await new ZoneFinder(Client([server.EndPoint])).FindAsync(DnsName.Parse("example.org"), Stop);

        Assert.Equal("zone.test", zone!.Name.ToString());
        Assert.Equal(
            [("ns1.test", "192.0.2.1 2001:db8::1"), ("ns2.test", "")],
            zone.Servers.Select(found => (found.Name.ToString(), string.Join(' ', found.Addresses))));
        Assert.Null(none);
    }

    [Theory]
    [InlineData("", "127.0.0.1:53")]
    [InlineData("# nameserver 192.0.2.1\nsearch example.org\nnameserver\t192.0.2.2 \n nameserver 2001:db8::1\r\noptions edns0", "192.0.2.2:53 [2001:db8::1]:53")]
    [InlineData("nameserver 192.0.2.1\nnameserver nonsense\nnameserver 192.0.2.2\nnameserver 192.0.2.3\nnameserver 192.0.2.4", "192.0.2.1:53 192.0.2.2:53 192.0.2.3:53")]
    public void Knows_whom_the_system_asks(string text, string expected) => Assert.Equal(expected, string.Join(' ', SystemResolvers.Parse(text)));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1:53")]
    [InlineData("192.0.2.1:5353", "192.0.2.1:5353")]
    [InlineData("2001:db8::1", "[2001:db8::1]:53")]
    [InlineData("[2001:db8::1]:5353", "[2001:db8::1]:5353")]
    [InlineData("[2001:db8::1]", null)]
    [InlineData("[192.0.2.1]:53", null)]
    [InlineData("192.0.2.1:0", null)]
    [InlineData("192.0.2.1:65536", null)]
    [InlineData("192.0.2", null)]
    [InlineData("192.0.2.010", null)]
    [InlineData("ns1.example.org", null)]
    [InlineData(":53", null)]
    [InlineData("", null)]
    public void Reads_addresses_of_servers(string text, string? expected) =>
        Assert.Equal(expected, DnsAddress.TryParse(text, out var server) ? server.ToString() : null);

    private static DnsRecord Ns(string server) => Record("zone.test", DnsType.NS, new NameData(DnsName.Parse(server)));

    private static DnsClient Client(ImmutableArray<IPEndPoint> servers, TimeSpan? patience = null) =>
        new(servers, TimeProvider.System) { Patience = patience ?? TimeSpan.FromSeconds(30) };

    private static Task<DnsAnswer> AskAsync(params FakeNameServer[] servers) =>
        Client([.. servers.Select(server => server.EndPoint)]).AskAsync(DnsName.Parse(Name), DnsType.TXT, Stop);

    private static IEnumerable<string> Texts(DnsAnswer answer) => answer.Data<TextData>().Select(text => text.Text);

    private static async Task UntilAskedAsync(FakeNameServer server)
    {
        while (server.Asked.IsEmpty)
            await Task.Delay(5, Stop);
    }
}
