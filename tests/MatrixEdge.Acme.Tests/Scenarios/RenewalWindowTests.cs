using System.Collections.Concurrent;
using System.Globalization;
using MatrixEdge.Certificates.Ordering;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>What the authority suggests (RFC 9773) is followed where it makes sense, and cannot make a certificate lapse.</summary>
public sealed class RenewalWindowTests
{
    private const string Why = "https://ca.example/incident/7";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_12_A_window_that_moves_into_the_past_renews_by_the_next_look(bool isBrandNew)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        if (!isBrandNew)
            await OlderCertificate.PutAsync(gateway, TimeSpan.FromDays(20), TimeSpan.FromDays(70));
        await gateway.StartAsync();
        var serial = await gateway.NewSerialAsync();
        await gateway.Source().LookAsync(Stop);
        var (earlier, old) = (proxy.CountDone(AcmeRequest.NewOrder), await LeafAsync(gateway));
        Assert.True(gateway.Source().Status.Next.Due > gateway.Time.GetUtcNow().AddDays(30));

        await pebble.SetRenewalWindowAsync(old.Pem, DateTimeOffset.UtcNow.AddMinutes(-90), DateTimeOffset.UtcNow.AddMinutes(-60), Why, Stop);
        var next = gateway.Source().Status.State.NextWindowLook!.Value - gateway.Time.GetUtcNow();
        await gateway.AdvanceAsync(next + TimeSpan.FromSeconds(1));
        await gateway.NewSerialAsync(serial);

        Assert.InRange(next, TimeSpan.FromMinutes(1), TimeSpan.FromHours(6));
        var orders = proxy.Requests.Where(seen => seen.Kind == AcmeRequest.NewOrder).Skip(earlier).ToList();
        Assert.Equal(old.Id, Assert.Single(orders).Payload!.Value.GetProperty("replaces").GetString());
        Assert.Contains(gateway.Events.Messages, message => message.StartsWith("Warning", StringComparison.Ordinal) && message.Contains(Why, StringComparison.Ordinal));

        // And that was all.
        for (var look = 0; look < 6; look++)
            await gateway.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(earlier + 1, proxy.CountDone(AcmeRequest.NewOrder));
    }

    [Fact]
    public async Task Scenario_12_A_window_that_lies_in_the_past_for_every_new_certificate_is_no_loop()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        var past = """{"suggestedWindow":{"start":"2026-01-01T00:00:00Z","end":"2026-01-02T00:00:00Z"}}""";
        proxy.On(AcmeRequest.RenewalInfo).WithBody(past);

        await gateway.StartAsync();
        await gateway.NewSerialAsync();
        for (var look = 0; look < 24; look++)
            await gateway.AdvanceAsync(TimeSpan.FromHours(1));

        Assert.InRange(proxy.CountDone(AcmeRequest.NewOrder), 2, 3);
    }

    [Theory]
    [InlineData("malformed")]
    [InlineData("wrong type")]
    [InlineData("end before start")]
    [InlineData("404")]
    [InlineData("500")]
    [InlineData("503 with Retry-After 0")]
    [InlineData("lost")]
    [InlineData("Retry-After 0")]
    [InlineData("Retry-After in the past")]
    [InlineData("Retry-After a year")]
    public async Task Scenario_13_A_useless_answer_leaves_the_own_schedule_and_is_not_asked_for_all_the_time(string fault)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        var old = (await OlderCertificate.PutAsync(gateway, TimeSpan.FromDays(58), TimeSpan.FromDays(32))).Leaf.SerialNumber;
        var earlier = proxy.CountDone(AcmeRequest.NewOrder);
        var looks = new ConcurrentQueue<DateTimeOffset>();
        proxy.On(AcmeRequest.RenewalInfo).First(_ =>
        {
            looks.Enqueue(gateway.Time.GetUtcNow());
            return Task.CompletedTask;
        });
        var rule = proxy.On(AcmeRequest.RenewalInfo);
        var late = """{"suggestedWindow":{"start":"2099-01-01T00:00:00Z","end":"2099-01-02T00:00:00Z"}}""";
        _ = fault switch
        {
            "malformed" => rule.WithBody("""{"suggestedWindow":{"start":"2026-"""),
            "wrong type" => rule.WithBody("""{"suggestedWindow":["yesterday",7]}"""),
            "end before start" => rule.WithBody("""{"suggestedWindow":{"start":"2026-11-02T00:00:00Z","end":"2026-11-01T00:00:00Z"}}"""),
            "404" => rule.Problem(404, "malformed"),
            "500" => rule.Answers(500, "<html>"),
            "503 with Retry-After 0" => rule.Unavailable("0"),
            "lost" => rule.RequestLost(),
            "Retry-After 0" => rule.Answers(200, late, "application/json", ("Retry-After", "0")),
            "Retry-After in the past" => rule.Answers(200, late, "application/json", ("Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")),
            _ => rule.Answers(200, """{"suggestedWindow":{"start":"2026-11-02T00:00:00Z","end":"2026-11-01T00:00:00Z"}}""", "application/json", ("Retry-After", "31536000")),
        };
        var isSuggested = fault is "Retry-After 0" or "Retry-After in the past";

        await gateway.StartAsync();
        await gateway.Source().LookAsync(Stop);
        for (var step = 0; step < 120; step++)
            await gateway.AdvanceAsync(TimeSpan.FromSeconds(20));
        var inFortyMinutes = looks.ToArray();
        Assert.Equal(earlier, proxy.CountDone(AcmeRequest.NewOrder));
        var next = gateway.Source().Status.Next;
        for (var step = 0; step < 3; step++)
            await gateway.AdvanceAsync(TimeSpan.FromDays(1));

        AssertApart(inFortyMinutes);
        Assert.InRange(gateway.Source().Status.State.NextWindowLook!.Value - gateway.Time.GetUtcNow(), TimeSpan.FromSeconds(50), TimeSpan.FromDays(1));
        if (isSuggested)
        {
            Assert.Equal(RenewalReason.Emergency, next.Reason);
            Assert.Equal(earlier, proxy.CountDone(AcmeRequest.NewOrder));
            return;
        }

        Assert.Equal(RenewalReason.Share, next.Reason);
        await gateway.NewSerialAsync(old);
        Assert.Equal(earlier + 1, proxy.CountDone(AcmeRequest.NewOrder));
    }

    [Fact]
    public async Task Scenario_14_A_window_beyond_the_end_gives_way_to_a_renewal_with_a_twentieth_left()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        var old = await OlderCertificate.PutAsync(gateway, TimeSpan.FromDays(85.5) - TimeSpan.FromHours(2), TimeSpan.FromDays(4.5) + TimeSpan.FromHours(2));
        var earlier = proxy.CountDone(AcmeRequest.NewOrder);
        await pebble.SetRenewalWindowAsync(old.Pem, DateTimeOffset.UtcNow.AddDays(200), DateTimeOffset.UtcNow.AddDays(300), cancellationToken: Stop);

        await gateway.StartAsync();
        await gateway.Source().LookAsync(Stop);
        var floor = old.Leaf.NotAfter.ToUniversalTime() - ((old.Leaf.NotAfter - old.Leaf.NotBefore) / 20);
        Assert.Equal((floor, RenewalReason.Emergency), (gateway.Source().Status.Next.Due.UtcDateTime, gateway.Source().Status.Next.Reason));
        await gateway.AdvanceAsync(floor - gateway.Time.GetUtcNow().UtcDateTime - TimeSpan.FromMinutes(2));
        Assert.Equal(earlier, proxy.CountDone(AcmeRequest.NewOrder));
        await gateway.AdvanceAsync(TimeSpan.FromMinutes(3));
        await gateway.NewSerialAsync(old.Leaf.SerialNumber);

        await gateway.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Equal(earlier + 1, proxy.CountDone(AcmeRequest.NewOrder));
    }

    [Fact]
    public async Task Scenario_16_What_somebody_else_has_replaced_already_is_ordered_again_without_saying_so()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var old = await OlderCertificate.PutAsync(gateway, TimeSpan.FromDays(80), TimeSpan.FromDays(10));
        await OlderCertificate.ReplaceElsewhereAsync(gateway, old);
        var earlier = proxy.CountDone(AcmeRequest.NewOrder);

        await gateway.StartAsync();
        await gateway.NewSerialAsync(old.Leaf.SerialNumber);

        var orders = proxy.Requests.Where(seen => seen.Kind == AcmeRequest.NewOrder && seen.Authoritys?.Text.Contains("badNonce", StringComparison.Ordinal) != true).Skip(earlier).ToList();
        Assert.Equal([409, 201], orders.Select(order => order.Status));
        Assert.Contains("alreadyReplaced", orders[0].Authoritys!.Text, StringComparison.Ordinal);
        Assert.Equal(AcmeRenewalInfo.CertificateId(old.Leaf), orders[0].Payload!.Value.GetProperty("replaces").GetString());
        Assert.False(orders[1].Payload!.Value.TryGetProperty("replaces", out _));
        Assert.Equal(0, gateway.Source().Status.State.Failures);

        // It counts against the limits of the authority, since it was no renewal to it.
        Assert.False(Assert.Single(gateway.Source().Status.State.Issued).IsExempt);
    }

    // A look may be tried three times within some seconds when there is no answer; between looks there is a minute.
    private static void AssertApart(DateTimeOffset[] looks)
    {
        Assert.NotEmpty(looks);
        var begins = new List<DateTimeOffset>();
        foreach (var look in looks)
        {
            if (begins.Count == 0 || look - begins[^1] > TimeSpan.FromSeconds(15))
                begins.Add(look);
        }

        Assert.All(begins.Zip(begins.Skip(1)), pair =>
            Assert.True(pair.Second - pair.First >= TimeSpan.FromMinutes(1), string.Create(CultureInfo.InvariantCulture, $"Asked at {pair.First:T} and again at {pair.Second:T}")));
    }

    private static async Task<(string Pem, string Id)> LeafAsync(AcmeGateway gateway)
    {
        var leaf = (await gateway.Source().LoadAsync(Stop))!.Leaf;
        return (leaf.ExportCertificatePem(), AcmeRenewalInfo.CertificateId(leaf));
    }
}
