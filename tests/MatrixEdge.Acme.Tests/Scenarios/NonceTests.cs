using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>An authority whose nonces are not worth much (RFC 8555 §6.5) delays a certificate and does not prevent it.</summary>
public sealed class NonceTests
{
    private const int MostTries = 10;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(60)]
    [InlineData(90)]
    public async Task Scenario_17_Refused_nonces_cost_ten_tries_of_a_request_at_most_and_no_second_order(int percent)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, NonceReject = percent }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri, Sites = [AcmeGateway.Site("example.com")] };
        proxy.FollowClock(gateway.Time);

        await gateway.StartAsync();
        await gateway.Source().LookAsync(Stop);
        var seen = 0;
        while (gateway.Generations().Length == 0)
        {
            AssertTries(proxy.Requests.Skip(seen));
            seen = proxy.Requests.Count;
            var failure = gateway.Source().Status.State.LastFailure!;
            Assert.True(failure.Kind == FailureKind.Unreachable, $"{failure.Kind}: {failure.Message}");
            await gateway.AdvanceAsync(gateway.Source().Status.State.NextAttempt!.Value - gateway.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
            Assert.True(gateway.Source().Status.State.Failures < 100, "It does not come to an end");
        }

        AssertTries(proxy.Requests.Skip(seen));
        await gateway.NewSerialAsync(serverName: "example.com");
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        Assert.InRange(proxy.Count(AcmeRequest.NewNonce), 1, int.MaxValue);
        Assert.True(proxy.Requests.Any(request => request.Status == 400), "No nonce was refused");
    }

    [Fact]
    public async Task Scenario_17_Where_answers_bring_no_nonce_each_request_fetches_one()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, NonceReject = 10 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.On().Where(request => request.Kind != AcmeRequest.NewNonce).WithoutHeader("Replay-Nonce");

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        Assert.Equal(proxy.Requests.Count(request => request.Method == "POST"), proxy.Count(AcmeRequest.NewNonce));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(await gateway.SerialAsync(ListenerKind.Https), await gateway.SerialAsync(ListenerKind.Federation));
    }

    // Within one attempt no address is refused more than ten times in a row.
    private static void AssertTries(IEnumerable<SeenRequest> attempt)
    {
        foreach (var group in attempt.Where(request => request.Method == "POST").GroupBy(request => request.Path))
        {
            var refused = 0;
            foreach (var request in group)
            {
                refused = request.Authoritys is { Status: 400 } answer && answer.Text.Contains("badNonce", StringComparison.Ordinal) ? refused + 1 : 0;
                Assert.True(refused <= MostTries, $"{request} was refused {refused} times in a row");
            }
        }
    }
}
