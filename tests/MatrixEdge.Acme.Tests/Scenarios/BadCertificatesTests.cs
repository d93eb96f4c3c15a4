using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>The authority issues what clients would refuse, or what comes is not what it issued.</summary>
public sealed class BadCertificatesTests
{
    private static readonly Dictionary<string, (Action<FaultProxy> Fault, string Message)> Faults = new()
    {
        ["another key"] = (proxy => Issue(proxy, issuer => issuer.IsForOtherKey = true), "it is for another key than the one in the order"),
        ["another order's"] = (proxy => proxy.On(AcmeRequest.Certificate).WithBody(_ => proxy.Requests.First(request => request is { Kind: AcmeRequest.Certificate, IsDone: true }).Authoritys!.Text), "it is for another key than the one in the order"),
        ["a missing name"] = (proxy => Issue(proxy, issuer => issuer.Names = ["example.com"]), "it is not for matrix.example.com"),
        ["other names"] = (proxy => Issue(proxy, issuer => issuer.Names = ["*.example.org"]), "it is not for "),
        ["not yet valid"] = (proxy => Issue(proxy, issuer => issuer.NotBefore = () => DateTimeOffset.UtcNow + TimeSpan.FromHours(1)), " only. It was not taken"),
        ["expired"] = (proxy => Issue(proxy, issuer => (issuer.NotBefore, issuer.Life) = (() => DateTimeOffset.UtcNow - TimeSpan.FromDays(3), TimeSpan.FromDays(2))), "it expired at "),
        ["older than the current"] = (proxy => Issue(proxy, issuer => (issuer.NotBefore, issuer.Life) = (() => DateTimeOffset.UtcNow - TimeSpan.FromDays(3), TimeSpan.FromDays(30))), "it is older than the one that is served"),
        ["for clients"] = (proxy => Issue(proxy, issuer => issuer.Usage = "1.3.6.1.5.5.7.3.2"), "it is not meant for servers"),
        ["signed by nobody in the chain"] = (proxy => Issue(proxy, issuer => issuer.IsSignedByNamesake = true), "its chain is broken: "),
        ["under an intermediate that has expired"] = (proxy => Issue(proxy, issuer => issuer.IntermediateNotAfter = DateTimeOffset.UtcNow - TimeSpan.FromDays(1)), "\"CN=Own Intermediate\" in its chain has expired"),
        ["without its chain"] = (proxy => proxy.On(AcmeRequest.Certificate).WithChain(chain => chain.Take(1)), "it came without its chain, the certificate of \""),
        ["with a hole in its chain"] = (proxy => proxy.On(AcmeRequest.Certificate).WithChain(chain => chain.Where((_, index) => index != 1)), "its chain is broken: behind \""),
        ["a shuffled chain"] = (proxy => proxy.On(AcmeRequest.Certificate).WithChain(chain => [chain[0], chain[2], chain[1], .. chain.Skip(3)]), "its chain is broken: behind \""),
        ["upside down"] = (proxy => proxy.On(AcmeRequest.Certificate).WithChain(chain => chain.Reverse()), "it is for another key than the one in the order"),
        ["with another's chain"] = (proxy => proxy.On(AcmeRequest.Certificate).WithChain(chain => [chain[0], .. new TestAuthority().Intermediates]), "its chain is broken: behind \""),
        ["cut off"] = (proxy => proxy.On(AcmeRequest.Certificate).WithBody(text => text[..(text.Length - 100)]), "is not a chain of certificates: it breaks off, or ends in something else"),
        ["ten megabytes"] = (proxy => proxy.On(AcmeRequest.Certificate).Inflated(), "is not understood: it is larger than 1 MiB"),
        ["without end"] = (proxy => proxy.On(AcmeRequest.Certificate).Endless(), "is not understood: it is larger than 1 MiB"),
        ["nothing"] = (proxy => proxy.On(AcmeRequest.Certificate).WithBody(""), "is not a chain of certificates: it is empty"),
        ["a web page"] = (proxy => proxy.On(AcmeRequest.Certificate).WithBody("<html><body>Please log in to <b>HotelWifi</b></body></html>"), "is not a chain of certificates: there is no certificate in it, but \"Please log in to HotelWifi\""),
        ["with a key"] = (proxy => proxy.On(AcmeRequest.Certificate).WithBody(text => text + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "there is something else in it (PRIVATE KEY)"),
        ["damaged"] = (proxy => proxy.On(AcmeRequest.Certificate).WithBody(text => text[..200] + "AAAA" + text[204..]), ""),
        ["elsewhere"] = (proxy => proxy.On(AcmeRequest.Certificate).Redirected("https://login.example/"), "it redirects to https://login.example/"),
    };

    public static TheoryData<string> Kinds => [.. Faults.Keys];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Scenario_25_A_certificate_that_clients_would_refuse_is_not_taken_and_the_old_one_stays(string kind)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { ChainLength = 3, EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var stored = gateway.Generations();
        var isSecond = false;
        proxy.On(AcmeRequest.Certificate).First(_ =>
        {
            isSecond = true;
            return Task.CompletedTask;
        });
        Faults[kind].Fault(proxy);

        var outcome = await gateway.RenewAsync();
        var status = gateway.Source().Status;

        Assert.True(isSecond);
        Assert.False(outcome.Succeeded, outcome.Message);
        Assert.Contains(Faults[kind].Message, outcome.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(outcome.Message, character => char.IsControl(character));
        Assert.Equal(first, await gateway.SerialAsync(ListenerKind.Https));
        Assert.Equal(first, await gateway.SerialAsync(ListenerKind.Federation));
        Assert.Equal(stored, gateway.Generations());
        Assert.Equal(1, status.State.Failures);
        Assert.Equal(outcome.Message, status.State.LastFailure!.Message);
        Assert.Equal(FailureKind.BadAnswer, status.State.LastFailure.Kind);
        Assert.InRange(status.State.NextAttempt!.Value - gateway.Time.GetUtcNow(), TimeSpan.FromSeconds(20), TimeSpan.FromMinutes(2));
        Assert.Contains("The current one is valid until", await gateway.Events.WaitForAsync($"No new certificate for example.com. {outcome.Message.TrimEnd('.')}"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_25_The_same_order_is_looked_at_once_more_and_then_given_up(bool staysBad)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var bad = proxy.On(AcmeRequest.Certificate).Times(staysBad ? 2 : 1).WithChain(chain => chain.Take(1));

        var outcome = await gateway.RenewAsync();
        await gateway.NextAttemptAsync();
        if (staysBad)
            await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync(first);

        Assert.False(outcome.Succeeded);
        Assert.Equal(staysBad ? 2 : 1, bad.Hits);
        Assert.Equal(staysBad ? 3 : 2, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(0, gateway.Source().Status.State.Failures);
    }

    [Fact]
    public async Task Scenario_25_Without_any_certificate_a_bad_one_is_not_taken_either()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.On(AcmeRequest.Certificate).Once().WithBody(_ => new OwnIssuer(proxy) { IsForOtherKey = true }.Issue());

        await gateway.StartAsync();
        var told = await gateway.Events.WaitForAsync("No new certificate for example.com");
        var served = await gateway.SerialAsync(ListenerKind.Federation);
        await gateway.NextAttemptAsync(); // looks at it again
        await gateway.NewSerialAsync();

        Assert.StartsWith("Error ", told);
        Assert.Contains("The authority issued a certificate that cannot be used: it is for another key than the one in the order. It was not taken. There is no certificate to serve. Next attempt at ", told);
        Assert.Null(served);
    }

    private static void Issue(FaultProxy proxy, Action<OwnIssuer> wrong)
    {
        var issuer = new OwnIssuer(proxy);
        wrong(issuer);
        proxy.On(AcmeRequest.Certificate).WithBody(_ => issuer.Issue());
    }
}
