using System.Text.Json;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>The authority has done what it was asked, and its answer never arrives.</summary>
public sealed class LostAnswersTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Scenario_22_An_account_of_which_the_gateway_did_not_hear_is_found_by_its_key(bool isBound, bool restarts)
    {
        AcmeTools.SkipWithoutPebble();
        var keys = isBound ? new Dictionary<string, string> { ["kid-1"] = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" } : null;
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { ExternalAccountKeys = keys }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        if (isBound)
            gateway.Certificate["ExternalAccountBinding"] = JsonSerializer.SerializeToNode(new { KeyId = "kid-1", Key = keys!["kid-1"] });
        var lost = proxy.On(AcmeRequest.NewAccount).Once().AnswerLost();

        await gateway.StartAsync();
        await gateway.Events.WaitForAsync("No new certificate for example.com. The ACME server could not be reached for a new account");
        if (restarts)
            await gateway.RestartAsync();
        else
            await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Equal(1, lost.Hits);
        var answers = proxy.Requests.Where(request => request is { Kind: AcmeRequest.NewAccount, IsDone: true }).ToList();
        Assert.Equal([201, 200], answers.Select(request => request.Authoritys!.Status));
        Assert.Single(answers.Select(request => request.Authoritys!.Headers["Location"].ToString()).Distinct());
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        if (isBound)
            Assert.False(answers[1].Payload!.Value.TryGetProperty("externalAccountBinding", out _), "A binding that can be used once only was used twice");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_22_An_order_of_which_the_gateway_did_not_hear_is_gone_on_with(bool restarts)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { OrdersPerPage = 1 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.On(AcmeRequest.NewOrder).Once().AnswerLost();

        await gateway.StartAsync();
        await gateway.Events.WaitForAsync("No new certificate for example.com. The ACME server could not be reached for a new order");
        if (restarts)
            await gateway.RestartAsync();
        else
            await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        Assert.False(File.Exists(Path.Combine(gateway.SiteFolder(), "order.json")));
    }

    [Fact]
    public async Task Scenario_22_Where_the_authority_lists_no_orders_a_lost_one_costs_another_order_and_no_certificate()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.On(AcmeRequest.Account).WithBody(text => text.Replace("\"orders\"", "\"noOrders\"", StringComparison.Ordinal));
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        proxy.On(AcmeRequest.NewOrder).Once().AnswerLost();

        // A renewal: the order that nobody heard of counts as the successor of the certificate.
        var outcome = await gateway.RenewAsync();
        await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync(first);

        Assert.False(outcome.Succeeded);
        Assert.Contains("could not be reached for a new order", outcome.Message);
        Assert.Equal(3, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(2, proxy.CountDone(AcmeRequest.Finalize));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_22_A_certificate_of_which_the_gateway_did_not_hear_is_fetched_and_not_ordered_again(bool restarts)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.On(AcmeRequest.Finalize).Once().AnswerLost();

        await gateway.StartAsync();
        await gateway.Events.WaitForAsync("No new certificate for example.com. The ACME server could not be reached for the finalization of the order");
        if (restarts)
            await gateway.RestartAsync();
        else
            await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        Assert.Equal(1, proxy.Count(AcmeRequest.Finalize));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Scenario_22_A_challenge_stays_answered_whether_or_not_the_authority_heard_that_it_is(bool isHeard)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var lost = proxy.On(AcmeRequest.Challenge).Times(2);
        lost = isHeard ? lost.AnswerLost() : lost.RequestLost();

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        Assert.Equal(2, lost.Hits);
        Assert.Equal(isHeard ? 2 : 4, proxy.Count(AcmeRequest.Challenge));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(0, gateway.Source().Status.State.Failures);
        Assert.Equal(0, pebble.FailedValidations);
    }

    [Fact]
    public async Task Scenario_22_A_certificate_that_is_lost_on_its_way_is_fetched_again()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.On(AcmeRequest.Certificate).Times(4).AnswerLost(); // it is tried three times at once

        await gateway.StartAsync();
        await gateway.HurryAsync(gateway.Events.WaitForAsync("No new certificate for example.com. The ACME server could not be reached for the certificate"));
        await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task Scenario_22_Which_key_an_account_has_after_a_lost_change_is_found_out(bool isDone, bool staysAway)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await gateway.StopAsync();
        var before = AccountFile(gateway);

        var settings = new IssuerSettings(proxy.DirectoryUri, null, proxy.RootsFile, null, null, null, null, null);
        var account = new Account(settings, new StoreDirectory(new StoreSettings(gateway.Store), gateway.Time), gateway.Time, NullLogger.Instance);
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUri = proxy.DirectoryUri, UserAgent = "test", TrustedRoots = IssuerSettings.LoadRoots(proxy.RootsFile), Time = gateway.Time });
        await account.SignInAsync(client, Stop);
        var lost = proxy.On(AcmeRequest.KeyChange).Once();
        lost = isDone ? lost.AnswerLost() : lost.RequestLost();
        var away = staysAway ? proxy.On(AcmeRequest.NewAccount).RequestLost() : null;

        // With the authority away at once, nothing can be found out; later it can, by the same process.
        var failure = await gateway.HurryAsync(Record.ExceptionAsync(() => account.RollKeyAsync(client, Stop)).AsTask());
        var inBetween = AccountFile(gateway);
        away?.Remove();
        await account.SignInAsync(client, Stop);
        var found = await client.GetAccountAsync(Stop);
        var after = AccountFile(gateway);
        await gateway.StartAsync();
        var renewed = await gateway.RenewAsync();

        Assert.Equal(isDone && !staysAway, failure is null);
        Assert.Equal(staysAway, inBetween.PendingKey is not null);
        Assert.Null(after.PendingKey);
        Assert.Equal(isDone, after.PrivateKey != before.PrivateKey);
        Assert.Equal(before.Location, after.Location);
        Assert.Equal(before.Location, found.Location);
        Assert.True(renewed.Succeeded, renewed.Message);
        Assert.NotEqual(first, await gateway.NewSerialAsync(first));
        Assert.Single(proxy.Requests, request => request is { Kind: AcmeRequest.NewAccount, Authoritys.Status: 201 });
    }

    private static StoredAccount AccountFile(AcmeGateway gateway) =>
        JsonSerializer.Deserialize<StoredAccount>(File.ReadAllText(Directory.GetFiles(Path.Combine(gateway.Store, "acme"), "account.json", SearchOption.AllDirectories).Single()))!;
}
