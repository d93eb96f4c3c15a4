using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Certificates.Dns;
using MatrixEdge.Configuration;
using MatrixEdge.Dns;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Acme.Tests.Dns;

/// <summary>Publishing a record as the gateway does it, from the settings to where validators look, with real BINDs.</summary>
public sealed class DnsRecordsTests
{
    private readonly LogEvents log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Puts_the_record_where_the_cname_leads_and_takes_it_away_there()
    {
        await using var bind = await BindServer.StartAsync(Stop);
        var records = Records(Update(bind), [bind.EndPoint]);

        await records.AddAsync("_acme-challenge.delegated.example.test", "one", Stop);

        Assert.Equal(["one"], await bind.TextsAsync("delegated.other.test"));
        Assert.Equal([], Warnings);

        await records.RemoveAsync("_acme-challenge.delegated.example.test", "one", Stop);

        Assert.Empty(await bind.TextsAsync("delegated.other.test"));
    }

    [Fact]
    public async Task Takes_the_record_away_where_the_cname_leads_after_a_restart_too()
    {
        await using var bind = await BindServer.StartAsync(Stop);
        await Records(Update(bind), [bind.EndPoint]).AddAsync("_acme-challenge.delegated.example.test", "one", Stop);

        await Records(Update(bind), [bind.EndPoint]).RemoveAsync("_acme-challenge.delegated.example.test", "one", Stop);

        Assert.Empty(await bind.TextsAsync("delegated.other.test"));
    }

    [Fact]
    public async Task Cnames_in_a_circle_are_told()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var failure = await Assert.ThrowsAsync<DnsRecordException>(
            () => Records(Update(bind), [bind.EndPoint]).AddAsync("_acme-challenge.circle.example.test", "one", Stop));

        Assert.Equal(
            "The CNAMEs of _acme-challenge.circle.example.test lead in a circle through _acme-challenge.circle.example.test, so no validator could find a record; mend them",
            failure.Message);
    }

    [Fact]
    public async Task Without_resolvers_that_answer_the_name_is_taken_as_it_is()
    {
        await using var bind = await BindServer.StartAsync(Stop);
        var nobody = new IPEndPoint(IPAddress.Loopback, FreePorts.Take());

        await Records(Update(bind), [nobody], TimeSpan.Zero).AddAsync("_acme-challenge.example.test", "one", Stop);

        Assert.Equal(["one"], await bind.TextsAsync("_acme-challenge.example.test"));
        Assert.Equal([$"Warning Whether _acme-challenge.example.test is a CNAME could not be asked: no name server listens on {nobody}. Taking it for none"], Warnings);
    }

    [Fact]
    public async Task Waits_until_every_name_server_of_the_zone_shows_the_record()
    {
        var port = FreePorts.Take();
        var copy = new IPEndPoint(IPAddress.IPv6Loopback, port);
        await using var primary = await BindServer.StartAsync(Stop, port: port, notified: copy, nameServers: "@ NS ns2\nns1 A 127.0.0.1\nns2 AAAA ::1");
        await using var secondary = await BindServer.StartAsync(Stop, "::1", port, primary.EndPoint);
        var client = new DnsClient([primary.EndPoint], TimeProvider.System);
        await new Rfc2136DnsRecords(Update(primary), TimeProvider.System).AddAsync("_acme-challenge.example.test", "one", Stop);

        await Propagation(client, TimeSpan.FromMinutes(1), port).WaitAsync(DnsName.Parse("_acme-challenge.example.test"), "one", Stop);

        Assert.Equal(["one"], await secondary.TextsAsync("_acme-challenge.example.test"));
        Assert.Equal([], Warnings);
        Assert.Contains("is seen on ns1.example.test, ns2.example.test after", Assert.Single(log.Messages));
    }

    [Fact]
    public async Task Goes_on_with_a_warning_when_a_name_server_does_not_show_the_record()
    {
        var port = FreePorts.Take();
        await using var primary = await BindServer.StartAsync(Stop, port: port, nameServers: "@ NS ns2\nns1 A 127.0.0.1\nns2 AAAA ::1");
        await using var stale = await BindServer.StartAsync(Stop, "::1", port);
        var client = new DnsClient([primary.EndPoint], TimeProvider.System);
        await new Rfc2136DnsRecords(Update(primary), TimeProvider.System).AddAsync("_acme-challenge.example.test", "one", Stop);

        await Propagation(client, TimeSpan.FromMilliseconds(600), port).WaitAsync(DnsName.Parse("_acme-challenge.example.test"), "one", Stop);

        Assert.Equal(
            ["Warning ns2.example.test did not show the record at _acme-challenge.example.test within 00:00:00.6000000; going on. If the certificate authority does not find it either, give the name servers more time with PropagationTimeout"],
            Warnings);
    }

    [Fact]
    public async Task A_dead_name_server_is_not_waited_for()
    {
        var port = FreePorts.Take();
        await using var primary = await BindServer.StartAsync(Stop, port: port, nameServers: "@ NS ns2\nns1 A 127.0.0.1\nns2 AAAA ::1");
        var client = new DnsClient([primary.EndPoint], TimeProvider.System);
        await new Rfc2136DnsRecords(Update(primary), TimeProvider.System).AddAsync("_acme-challenge.example.test", "one", Stop);

        await Propagation(client, TimeSpan.FromMinutes(10), port, silence: TimeSpan.FromSeconds(1)).WaitAsync(DnsName.Parse("_acme-challenge.example.test"), "one", Stop);

        Assert.Equal(
            ["Warning Whether the record at _acme-challenge.example.test is published on ns2.example.test cannot be seen from here, since they do not answer; going on without them"],
            Warnings);
    }

    [Fact]
    public async Task Where_no_name_server_can_be_reached_the_resolvers_are_looked_at()
    {
        await using var bind = await BindServer.StartAsync(Stop, nameServers: "ns1 A 127.0.0.3");
        var unreachable = FreePorts.Take();
        await new Rfc2136DnsRecords(Update(bind), TimeProvider.System).AddAsync("_acme-challenge.example.test", "one", Stop);

        await Propagation(new DnsClient([bind.EndPoint], TimeProvider.System), TimeSpan.FromMinutes(10), unreachable, silence: TimeSpan.FromSeconds(1))
            .WaitAsync(DnsName.Parse("_acme-challenge.example.test"), "one", Stop);

        Assert.Contains(log.Messages, message => message.Contains($"is seen on the resolver {bind.EndPoint} after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_hook_is_given_the_name_to_which_the_cname_leads()
    {
        await using var bind = await BindServer.StartAsync(Stop);
        using var folder = new TemporaryFolder();
        var hook = folder.File("hook");

        // By another process: a child that some other test starts just now could still have it open, and then it cannot be run.
        await Tool.RunAsync("sh", "-c", $"printf '#!/bin/sh\\necho \"$@\" >> {folder.File("calls")}\\n' > {hook}; chmod 700 {hook}");
        var settings = new DnsSettings(
            new DnsHookSettings([hook, "zone"], ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMinutes(1)), null, [bind.EndPoint], TimeSpan.Zero);
        var records = DnsRecords.Create(settings, TimeProvider.System, Loggers());

        await records.AddAsync("_acme-challenge.delegated.example.test", "-value", Stop);
        await records.RemoveAsync("_acme-challenge.delegated.example.test", "-value", Stop);

        Assert.Equal(["zone present delegated.other.test -value", "zone cleanup delegated.other.test -value"], File.ReadLines(folder.File("calls")));
    }

    private IReadOnlyList<string> Warnings => [.. log.Messages.Where(message => !message.StartsWith("Debug", StringComparison.Ordinal))];

    private IDnsRecords Records(DnsUpdateSettings update, ImmutableArray<IPEndPoint> resolvers, TimeSpan? limit = null) =>
        DnsRecords.Create(new DnsSettings(null, update, resolvers, limit ?? TimeSpan.FromMinutes(1)), TimeProvider.System, Loggers());

    private Propagation Propagation(DnsClient client, TimeSpan limit, int port, TimeSpan? silence = null) =>
        new(client, limit, TimeProvider.System, Loggers().CreateLogger<Propagation>()) { Port = port, SilenceLimit = silence ?? TimeSpan.FromMinutes(5) };

    private SerilogLoggerFactory Loggers() => new(new LoggerConfiguration().MinimumLevel.Debug().WriteTo.Sink(log).CreateLogger(), dispose: true);

    private static DnsUpdateSettings Update(BindServer bind) => new(
        bind.EndPoint.Address.ToString(), bind.EndPoint.Port, null,
        new TsigKey(DnsName.Parse("updater"), TsigAlgorithm.HmacSha256, [.. Convert.FromBase64String(BindServer.Secret)]), TimeSpan.FromSeconds(60));
}
