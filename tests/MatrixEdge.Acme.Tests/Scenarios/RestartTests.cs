using System.Collections.Concurrent;
using System.Net;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>What a start finds in the store is served first, and what the gateway had learnt before is not forgotten.</summary>
public sealed class RestartTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_05_A_valid_certificate_is_served_at_once_after_a_restart_and_the_authority_is_not_needed()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var serial = await gateway.NewSerialAsync();
        await gateway.Source().LookAsync(Stop); // the window has been asked for, too
        await gateway.StopAsync();
        await pebble.StopAsync();
        var before = proxy.Requests.Count;

        await gateway.StartAsync();

        Assert.Equal((serial, serial), (await gateway.SerialAsync(ListenerKind.Https), await gateway.SerialAsync(ListenerKind.Federation)));
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(gateway));
        await gateway.Source().LookAsync(Stop);
        Assert.Equal(before, proxy.Requests.Count);

        // Also when all that was known beside the certificate is lost, and for as long as it lasts.
        await gateway.StopAsync();
        File.Delete(Path.Combine(gateway.SiteFolder(), "state.json"));
        await gateway.StartAsync();
        for (var hours = 0; hours < 24; hours += 6)
            await gateway.AdvanceAsync(TimeSpan.FromHours(6));
        Assert.Equal((serial, serial), (await gateway.SerialAsync(ListenerKind.Https), await gateway.SerialAsync(ListenerKind.Federation)));
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(gateway));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
    }

    [Fact]
    public async Task Scenario_06_An_expired_certificate_is_served_after_a_restart_until_the_new_one_is_there()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var expired = (await OlderCertificate.PutAsync(gateway, TimeSpan.FromDays(91), TimeSpan.FromDays(-1))).Leaf.SerialNumber;
        var earlier = proxy.CountDone(AcmeRequest.NewOrder);
        var go = new TaskCompletionSource();
        proxy.On(AcmeRequest.NewOrder).Once().HeldUntil(go.Task);

        await gateway.StartAsync();
        await proxy.SeenAsync(AcmeRequest.NewOrder, earlier + 1, Stop);
        var meanwhile = (await gateway.SerialAsync(ListenerKind.Https), await gateway.SerialAsync(ListenerKind.Federation));
        var readiness = await ReadinessAsync(gateway);
        await using var load = new TlsLoad(pebble.TlsPort, "matrix.example.com", 2, "h2", "http/1.1");
        go.SetResult();
        var serial = await gateway.NewSerialAsync(expired);

        Assert.Equal((expired, expired), meanwhile);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, readiness);
        Assert.Equal(HttpStatusCode.OK, await ReadinessAsync(gateway));
        Assert.Empty(load.Failures);
        Assert.Empty(load.Serials.Keys.Except([expired, serial]));
        await gateway.Source().LookAsync(Stop);
        Assert.Equal(earlier + 1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Contains(gateway.Events.Messages, message => message.StartsWith("Error", StringComparison.Ordinal) && message.Contains("expired", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Scenario_07_A_thousand_restarts_in_an_hour_cost_no_more_than_four_failed_authorizations_of_a_name()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        using var folder = new TemporaryFolder();
        var time = new ShiftedTime();
        proxy.FollowClock(time);
        var failures = new ConcurrentDictionary<string, (string Name, DateTimeOffset At)>();
        proxy.On(AcmeRequest.Authorization).Changed(answer =>
        {
            if (answer is { Status: 200 } && answer.Json.GetProperty("status").GetString() == "invalid")
                failures.TryAdd(answer.Json.GetProperty("challenges")[0].GetProperty("url").GetString()!, (answer.Json.GetProperty("identifier").GetProperty("value").GetString()!, time.GetUtcNow()));
        });

        for (var restart = 0; restart < 1000; restart++)
        {
            using var source = Start(folder, proxy, pebble, time);
            await source.LoadAsync(Stop);
            await source.LookAsync(Stop);
            time.Advance(TimeSpan.FromSeconds(3.6));
        }

        // On a slow machine it takes a little more than an hour: any hour of it counts.
        Assert.Equal(["example.com", "matrix.example.com"], failures.Values.Select(failure => failure.Name).Distinct().Order());
        Assert.All(failures.Values, first => Assert.InRange(
            failures.Values.Count(failure => failure.Name == first.Name && failure.At >= first.At && failure.At < first.At.AddHours(1)), 1, NameState.FailuresPerHour));
        Assert.True(failures.Count >= 4, $"Only {failures.Count} failures: it was not tried");
    }

    [Fact]
    public async Task Scenario_07_What_an_attempt_cost_counts_also_when_the_gateway_is_stopped_in_its_middle()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        using var folder = new TemporaryFolder();
        var time = new ShiftedTime();
        proxy.FollowClock(time);

        for (var restart = 0; restart < 25; restart++)
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            using var source = Start(folder, proxy, pebble, time);
            await source.LoadAsync(Stop);
            var asked = proxy.CountDone(AcmeRequest.Challenge);
            var look = source.LookAsync(kill.Token);
            await Task.WhenAny(look, proxy.SeenAsync(all => all.Count(seen => seen.Kind == AcmeRequest.Challenge && seen.IsDone) > asked, "another challenge", Stop));
            await kill.CancelAsync();
            await Task.WhenAny(look);
            time.Advance(TimeSpan.FromSeconds(100));
        }

        // What nobody waited for shows in Pebble's own words only, by the number of the authorization.
        var names = proxy.Requests.Where(seen => seen.Kind == AcmeRequest.Authorization && seen.IsDone).DistinctBy(seen => seen.Path)
            .ToDictionary(seen => seen.Path[(seen.Path.LastIndexOf('/') + 1)..], seen => seen.Authoritys!.Json.GetProperty("identifier").GetProperty("value").GetString()!);
        var failed = names.Where(known => pebble.Log.Any(line => line.Contains($"{known.Key} set INVALID", StringComparison.Ordinal))).GroupBy(known => known.Value, known => known.Key).ToList();
        Assert.Equal(pebble.FailedValidations, failed.Sum(name => name.Count()));
        Assert.Equal(2, failed.Count);
        Assert.All(failed, name => Assert.InRange(name.Count(), 1, NameState.FailuresPerHour));
    }

    [Fact]
    public async Task Scenario_07_A_failure_counts_also_when_the_attempt_ends_in_another_one()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        using var folder = new TemporaryFolder();
        var time = new ShiftedTime();
        proxy.On(AcmeRequest.NewOrder).After(1).Unavailable();
        using var source = Start(folder, proxy, pebble, time);

        await source.LoadAsync(Stop);
        await source.LookAsync(Stop);

        Assert.Equal(2, proxy.Count(AcmeRequest.NewOrder));
        Assert.All(source.Names, name => Assert.Single(source.Status.State.Of(name).FailedAt));
        Assert.Equal(FailureKind.Unreachable, source.Status.State.LastFailure!.Kind);
    }

    [Fact]
    public async Task Scenario_15_The_moment_chosen_in_the_window_survives_restarts()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        var old = await OlderCertificate.PutAsync(gateway, TimeSpan.FromDays(30), TimeSpan.FromDays(60));
        var earlier = proxy.CountDone(AcmeRequest.NewOrder);
        var (start, end) = (DateTimeOffset.UtcNow.AddHours(1), DateTimeOffset.UtcNow.AddDays(10));
        await pebble.SetRenewalWindowAsync(old.Pem, start, end, cancellationToken: Stop);
        await gateway.StartAsync();
        await gateway.Source().LookAsync(Stop);
        var selected = gateway.Source().Status.State.Window!.Selected;

        for (var restart = 0; restart < 3; restart++)
        {
            await gateway.RestartAsync();
            await gateway.Source().LookAsync(Stop);

            Assert.Equal(selected, gateway.Source().Status.State.Window!.Selected);
            Assert.Equal((selected, RenewalReason.Window), (gateway.Source().Status.Next.Due, gateway.Source().Status.Next.Reason));
        }

        // Asked again, the authority says the same, and the moment stays.
        var looks = proxy.Count(AcmeRequest.RenewalInfo);
        await gateway.AdvanceAsync(gateway.Source().Status.State.NextWindowLook!.Value - gateway.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        Assert.True(proxy.Count(AcmeRequest.RenewalInfo) > looks || gateway.Time.GetUtcNow() >= selected);
        Assert.InRange(selected, start, end);
        if (selected - gateway.Time.GetUtcNow() is var rest && rest > TimeSpan.FromMinutes(2))
        {
            await gateway.AdvanceAsync(rest - TimeSpan.FromMinutes(1));
            Assert.Equal(selected, gateway.Source().Status.State.Window!.Selected);
            Assert.Equal(earlier, proxy.CountDone(AcmeRequest.NewOrder));
            await gateway.AdvanceAsync(TimeSpan.FromMinutes(2));
        }

        await gateway.NewSerialAsync(old.Leaf.SerialNumber);
        Assert.Equal(earlier + 1, proxy.CountDone(AcmeRequest.NewOrder));
    }

    private static async Task<HttpStatusCode> ReadinessAsync(AcmeGateway gateway)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync($"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}/health/ready", Stop);
        return answer.StatusCode;
    }

    // As the gateway makes it at its start. Nothing answers where Pebble looks.
    private static AcmeSource Start(TemporaryFolder folder, FaultProxy proxy, PebbleServer pebble, TimeProvider time)
    {
        IStore store = new StoreDirectory(new StoreSettings(folder.File("store")), time);
        var issuer = new IssuerSettings(proxy.DirectoryUri, null, pebble.RootsFile, "classic", null, null, null, null);
        var settings = new AcmeSettings([ChallengeType.Http01, ChallengeType.TlsAlpn01], CertificateKeyAlgorithm.ES256, [issuer], null);
        var authority = new AcmeIssuer(issuer, settings, store, new OpenChallenges(), null, new SelfCheck(time), time, NullLogger<AcmeIssuer>.Instance);
        return new AcmeSource("example.com", ["example.com", "matrix.example.com"], settings, [authority], null, store, time, new Random(1), new CertificateEvents(), NullLoggerFactory.Instance);
    }
}
