using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>Killed at any moment, the gateway goes on where it was: with an old or a new certificate, whole, and without ordering what it has.</summary>
public sealed class CrashTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Scenario_26_A_crash_at_any_write_of_an_order_orders_nothing_twice(bool isRenewal, bool isDone)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, NonceReject = 0 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);

        var crashes = 0;
        for (var crashAt = 1; ; crashAt++)
        {
            var kept = new MemoryStore();
            if (isRenewal)
                await Start(kept, proxy.DirectoryUri, pebble, "tlsserver").LookAsync(Stop);
            var (orders, certificates) = (proxy.CountDone(AcmeRequest.NewOrder), proxy.CountDone(AcmeRequest.Finalize));
            var dying = new CrashingStore(kept, crashAt, isDone);
            var first = Start(dying, proxy.DirectoryUri, pebble);
            var before = await first.LoadAsync(Stop);
            Assert.Equal(isRenewal, before is not null);
            var look = first.LookAsync(Stop);
            await Task.WhenAny(look, dying.Crashed);
            if (!dying.Crashed.IsCompleted)
            {
                await look;
                Assert.NotEqual(before?.Leaf.SerialNumber, (await first.LoadAsync(Stop))!.Leaf.SerialNumber);
                break;
            }

            crashes++;
            var second = Start(kept, proxy.DirectoryUri, pebble);
            Assert.True(await second.LoadAsync(Stop) is not null || !isRenewal, $"Nothing to serve after a crash at write {crashAt}");
            await second.LookAsync(Stop);

            var bundle = await second.LoadAsync(Stop);
            Assert.True(bundle is not null && bundle.Leaf.SerialNumber != before?.Leaf.SerialNumber, $"No new certificate after a crash at write {crashAt}: {second.Status.State.LastFailure?.Message}");
            Assert.True(proxy.CountDone(AcmeRequest.NewOrder) - orders == 1, $"Ordered again after a crash at write {crashAt} ({string.Join(", ", kept.Names)})");
            Assert.True(proxy.CountDone(AcmeRequest.Finalize) - certificates == 1, $"Issued again after a crash at write {crashAt}");

            // And what the crash left behind is not taken for the next order's.
            var renewal = second.RenewAsync("to see", Stop);
            await second.LookAsync(Stop);
            Assert.True((await renewal).Succeeded, (await renewal).Message);
            Assert.NotEqual(bundle.Leaf.SerialNumber, (await second.LoadAsync(Stop))!.Leaf.SerialNumber);
        }

        // Account twice unless there is one, order twice, certificate, state, and the order's removal.
        Assert.True(crashes >= (isRenewal ? 5 : 7), $"Only {crashes} writes");
    }

    [Theory]
    [InlineData("account.json.new", "openat")]
    [InlineData("account.json.new", "rename")]
    [InlineData("order.json.new", "fsync")]
    [InlineData("order.json.new", "rename")]
    [InlineData("000001.pem.new", "openat")]
    [InlineData("000001.pem.new", "write,pwrite64")]
    [InlineData("000001.pem.new", "fsync")]
    [InlineData("000001.pem.new", "rename")]
    [InlineData("state.json.new", "fsync")]
    [InlineData("state.json.new", "rename")]
    public async Task Scenario_26_Killed_within_a_write_the_next_start_serves_a_whole_certificate(string file, string call)
    {
        AcmeTools.SkipWithoutPebble();
        Assert.SkipUnless(Tool.IsThere("strace"), "strace, which kills at a system call, is not installed; run tests/provision");
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, NonceReject = 0 }, Stop);
        await using var gateway = new GatewayProgram(pebble);
        var folder = file.StartsWith("account", StringComparison.Ordinal) ? Path.Combine(gateway.Store, "acme", IssuerSettings.IdOf(pebble.DirectoryUri)) : gateway.SiteFolder;

        await gateway.StartAsync("strace", "-f", "-qq", "-o", "/dev/null", "-P", Path.Combine(folder, file), "-e", $"inject={call}:signal=KILL:when=1");
        var killed = await gateway.EndAsync();
        await gateway.StartAsync();
        var serial = await gateway.SerialAsync(Stop);

        Assert.Equal(128 + 9, killed);
        Assert.NotEmpty(serial);
        Assert.Equal(1, pebble.Issued);
        Assert.Equal(1, pebble.Orders);
    }

    [Theory]
    [InlineData(AcmeRequest.NewAccount, false)]
    [InlineData(AcmeRequest.NewAccount, true)]
    [InlineData(AcmeRequest.NewOrder, false)]
    [InlineData(AcmeRequest.NewOrder, true)]
    [InlineData(AcmeRequest.Challenge, true)]
    [InlineData(AcmeRequest.Finalize, false)]
    [InlineData(AcmeRequest.Finalize, true)]
    [InlineData(AcmeRequest.Certificate, true)]
    public async Task Scenario_26_Killed_while_the_authority_is_asked_the_next_start_goes_on(object request, bool hasActed)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { NonceReject = 0 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new GatewayProgram(pebble, proxy.DirectoryUri);
        var never = new TaskCompletionSource();
        var rule = proxy.On((AcmeRequest)request).Once();
        _ = hasActed ? rule.AnswerHeldUntil(never.Task) : rule.HeldUntil(never.Task);

        await gateway.StartAsync();
        if (hasActed)
            await proxy.SeenAsync(all => all.Any(seen => seen.Kind == (AcmeRequest)request && seen.IsDone), $"{request} acted on", Stop);
        else
            await proxy.SeenAsync((AcmeRequest)request, 1, Stop);
        await gateway.KillAsync();
        never.SetResult();
        await gateway.StartAsync();
        await gateway.SerialAsync(Stop);

        Assert.Equal(1, pebble.Issued);
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        Assert.Single(Directory.GetFiles(gateway.SiteFolder, "*.pem"));
    }

    private static AcmeSource Start(IStore store, Uri directory, PebbleServer pebble, string profile = "classic")
    {
        var time = TimeProvider.System;
        var issuer = new IssuerSettings(directory, null, pebble.RootsFile, profile, null, null, null, null);
        var settings = new AcmeSettings([ChallengeType.Http01], CertificateKeyAlgorithm.ES256, [issuer], null);
        var authority = new AcmeIssuer(issuer, settings, store, new OpenChallenges(), null, new SelfCheck(time), time, NullLogger<AcmeIssuer>.Instance);
        return new AcmeSource("example.com", ["example.com"], settings, [authority], null, store, time, new Random(1), new CertificateEvents(), NullLoggerFactory.Instance);
    }
}
