using System.Net;
using MatrixEdge.Certificates.Dns;
using MatrixEdge.Configuration;
using MatrixEdge.Dns;

namespace MatrixEdge.Acme.Tests.Dns;

/// <summary>Dynamic updates of a real BIND: what it does, and what the operator reads when it does not.</summary>
public sealed class Rfc2136Tests
{
    private const string Name = "_acme-challenge.example.test";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("updater", TsigAlgorithm.HmacSha256)]
    [InlineData("strong", TsigAlgorithm.HmacSha512)]
    public async Task Publishes_a_record_and_takes_it_away(string key, object algorithm)
    {
        await using var bind = await BindServer.StartAsync(Stop);
        var records = Records(bind, key: Key(key, (TsigAlgorithm)algorithm));

        await records.AddAsync(Name, "one", Stop);

        Assert.Equal(["one"], await bind.TextsAsync(Name));

        await records.RemoveAsync(Name, "one", Stop);

        Assert.Empty(await bind.TextsAsync(Name));
    }

    [Fact]
    public async Task Two_values_stand_at_one_name_and_each_is_taken_away_alone()
    {
        await using var bind = await BindServer.StartAsync(Stop);
        var records = Records(bind);

        await records.AddAsync(Name, "one", Stop);
        await records.AddAsync(Name, "two", Stop);

        Assert.Equal(["one", "two"], await bind.TextsAsync(Name));

        await records.RemoveAsync(Name, "one", Stop);

        Assert.Equal(["two"], await bind.TextsAsync(Name));

        await records.RemoveAsync(Name, "one", Stop);
        await records.RemoveAsync(Name, "two", Stop);

        Assert.Empty(await bind.TextsAsync(Name));
    }

    [Fact]
    public async Task The_record_lives_as_long_as_configured()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        await Records(bind).AddAsync(Name, "one", Stop);

        var answer = await new DnsClient([bind.EndPoint], TimeProvider.System).AskAsync(DnsName.Parse(Name), DnsType.TXT, Stop);
        Assert.Equal(TimeSpan.FromSeconds(90), Assert.Single(answer.Records).TimeToLive);
    }

    [Fact]
    public async Task A_configured_zone_is_not_asked_for()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        await Records(bind, zone: "example.test").AddAsync(Name, "one", Stop);
        var failure = await FailAsync(Records(bind, zone: "other.test"));

        Assert.Equal(["one"], await bind.TextsAsync(Name));
        Assert.Equal("_acme-challenge.example.test is not in the zone other.test that updates are configured for; give the zone it belongs to in Zone, or leave Zone out", failure);
    }

    [Fact]
    public async Task A_key_that_the_server_does_not_know_is_told()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var failure = await FailAsync(Records(bind, key: Key("unknown")));

        Assert.Equal(
            $"The name server {bind.EndPoint} was asked to tell the zone of {Name} and does not know the key \"unknown\" (hmac-sha256): compare KeyName and KeyAlgorithm with the server's configuration",
            failure);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("example.test")]
    public async Task A_wrong_secret_is_told(string? zone)
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var failure = await FailAsync(Records(bind, key: new TsigKey(DnsName.Parse("updater"), TsigAlgorithm.HmacSha256, [1, 2, 3]), zone: zone));

        Assert.EndsWith("and has another secret for the key \"updater\" (hmac-sha256): compare KeySecret with the server's configuration", failure);
        Assert.Empty(await bind.TextsAsync(Name));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task Clocks_that_differ_are_told_with_both_times(int seconds)
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var failure = await FailAsync(Records(bind, time: new SkewedTime(TimeSpan.FromSeconds(seconds))));

        Assert.Matches(
            @"and did not take the signature for its time \(BADTIME\): it is \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ there and \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ here, (1:00:0|0:59:5).* apart, and 5 minutes are allowed; set both clocks by NTP\z",
            failure);
        Assert.Empty(await bind.TextsAsync(Name));
    }

    [Fact]
    public async Task Clocks_that_differ_by_less_than_five_minutes_do_no_harm()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        await Records(bind, time: new SkewedTime(TimeSpan.FromMinutes(4))).AddAsync(Name, "one", Stop);

        Assert.Equal(["one"], await bind.TextsAsync(Name));
    }

    [Fact]
    public async Task A_key_that_may_not_change_the_zone_is_told()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var failure = await FailAsync(Records(bind, key: Key("stranger")));

        Assert.Equal(
            $"The name server {bind.EndPoint} refused to change {Name} (REFUSED): the key may not do that; allow it there (BIND: allow-update or update-policy of the zone)",
            failure);
    }

    [Fact]
    public async Task A_server_without_the_zone_is_told()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var asked = await FailAsync(Records(bind), "_acme-challenge.example.org");
        var configured = await FailAsync(Records(bind, zone: "example.org"), "_acme-challenge.example.org");

        Assert.Equal(
            $"The name server {bind.EndPoint} is authoritative for no zone that holds _acme-challenge.example.org; give the zone's primary server in Server", asked);
        Assert.Equal(
            $"The name server {bind.EndPoint} refused to change _acme-challenge.example.org (NOTAUTH): it is not the primary server of the zone example.org; give the one that is in Server, or the right zone in Zone",
            configured);
    }

    [Fact]
    public async Task A_server_that_is_down_is_told()
    {
        var nobody = new IPEndPoint(IPAddress.Loopback, FreePorts.Take());

        var failure = await FailAsync(Records(nobody));

        Assert.Equal($"The name server {nobody} cannot be reached by TCP: {nobody}: Connection refused. See whether it runs and whether a firewall lets TCP through to it", failure);
    }

    [Fact]
    public async Task A_server_whose_name_leads_nowhere_is_told()
    {
        var records = new Rfc2136DnsRecords(new DnsUpdateSettings("ns1.invalid", 53, null, Key("updater"), TimeSpan.FromSeconds(60)), TimeProvider.System);

        var failure = await FailAsync(records);

        Assert.StartsWith("The name server ns1.invalid has no address: ", failure);
        Assert.EndsWith("; give its address in Server", failure);
    }

    [Fact]
    public async Task An_answer_that_was_changed_on_its_way_is_not_believed()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        await using var changing = new AnswerChanger(bind.EndPoint, answer => answer[3] ^= 1);
        var failure = await FailAsync(Records(changing.EndPoint, zone: "example.test"));

        Assert.EndsWith("and answered with a wrong signature: it has another secret for the key \"updater\" (hmac-sha256), or someone changed the answer on its way", failure);
    }

    [Fact]
    public async Task An_answer_without_a_signature_is_not_believed()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        await using var cutting = new AnswerChanger(bind.EndPoint, answer => answer[11] = 0, keep: 12 + "\aexample\u0004test\0".Length + 4);
        var failure = await FailAsync(Records(cutting.EndPoint, zone: "example.test"));

        Assert.EndsWith("and answered without a signature, so anybody may have answered; see whether it is configured with the key \"updater\" (hmac-sha256)", failure);
    }

    [Fact]
    public async Task An_answer_that_is_none_is_told()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        await using var cutting = new AnswerChanger(bind.EndPoint, _ => { }, keep: 11);
        var failure = await FailAsync(Records(cutting.EndPoint, zone: "example.test"));

        Assert.EndsWith("and sent what is no DNS message: The message is shorter than its header", failure);
    }

    [Fact]
    public async Task Waiting_for_a_server_ends_with_the_gateway()
    {
        using var silent = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var end = new CancellationTokenSource();

        var adding = Records((IPEndPoint)silent.LocalEndpoint).AddAsync(Name, "one", end.Token);
        using var asked = await silent.AcceptTcpClientAsync(Stop);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding);
    }

    private static TsigKey Key(string name, TsigAlgorithm algorithm = TsigAlgorithm.HmacSha256) =>
        new(DnsName.Parse(name), algorithm, [.. Convert.FromBase64String(BindServer.Secret)]);

    private static Rfc2136DnsRecords Records(BindServer bind, TsigKey? key = null, string? zone = null, TimeProvider? time = null) =>
        Records(bind.EndPoint, key, zone, time);

    private static Rfc2136DnsRecords Records(IPEndPoint server, TsigKey? key = null, string? zone = null, TimeProvider? time = null) => new(
        new DnsUpdateSettings(
            server.Address.ToString(), server.Port, zone is null ? null : DnsName.Parse(zone), key ?? Key("updater"), TimeSpan.FromSeconds(90)),
        time ?? TimeProvider.System);

    private static async Task<string> FailAsync(Rfc2136DnsRecords records, string name = Name) =>
        (await Assert.ThrowsAsync<DnsRecordException>(() => records.AddAsync(name, "one", Stop))).Message;

    private sealed class SkewedTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + by;
    }
}
