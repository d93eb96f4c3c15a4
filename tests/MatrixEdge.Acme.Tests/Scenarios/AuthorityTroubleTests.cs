using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using Microsoft.Extensions.DependencyInjection;
using Serilog.Events;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>The authority is away, forgets, wants what it did not want before, or talks nonsense.</summary>
public sealed partial class AuthorityTroubleTests
{
    private static readonly Dictionary<string, (AcmeRequest Where, Action<FaultRule> Fault, string Message)> Nonsense = new()
    {
        ["a web page for an order"] = (AcmeRequest.NewOrder, rule => rule.WithBody("<html><body>It works!</body></html>"), "answer about a new order ({url}) is not understood: it is not JSON but \"It works!\""),
        ["nothing for an order"] = (AcmeRequest.NewOrder, rule => rule.WithBody(""), "answer about a new order ({url}) is not understood: it is empty"),
        ["another JSON for an order"] = (AcmeRequest.NewOrder, rule => rule.WithBody("[]"), "answer about a new order ({url}) is not understood: it should be an object, and is a list"),
        ["half an order"] = (AcmeRequest.NewOrder, rule => rule.WithBody("""{"status":"pending"}"""), "answer about a new order ({url}) is not understood: its field \"identifiers\" is missing"),
        ["an order without address"] = (AcmeRequest.NewOrder, rule => rule.WithoutHeader("Location"), "answer about a new order ({url}) is not understood: there is no Location in it"),
        ["an order of ten megabytes"] = (AcmeRequest.NewOrder, rule => rule.Inflated(), "answer about a new order ({url}) is not understood: it is larger than 1 MiB"),
        ["an order elsewhere"] = (AcmeRequest.NewOrder, rule => rule.Redirected("https://new.example/order", 307), "answer about a new order ({url}) is not understood: it redirects to https://new.example/order, but ACME servers are asked where their directory says; if the server has moved, configure its new address"),
        ["an order cut off"] = (AcmeRequest.NewOrder, rule => rule.CutAfter(20), "could not be reached for a new order ({url}): "),
        ["a refusal without words"] = (AcmeRequest.NewOrder, rule => rule.Answers(403, ""), "refused a new order ({url}): HTTP 403 without a reason"),
        ["a refusal of a firewall"] = (AcmeRequest.NewOrder, rule => rule.Answers(403, "<h1>Blocked</h1> by \u001b[31mACME\u001b[0m Firewall"), "refused a new order ({url}): HTTP 403: Blocked by [31mACME [0m Firewall"),
        ["a breakdown"] = (AcmeRequest.NewOrder, rule => rule.Answers(500, "panic: nil pointer"), "is in trouble and gave no answer about a new order ({url}): HTTP 500: panic: nil pointer"),
        ["a web page for an authorization"] = (AcmeRequest.Authorization, rule => rule.WithBody("<p>hello"), "answer about the authorization ({url}) is not understood: it is not JSON but \"hello\""),
        ["an authorization of ten megabytes"] = (AcmeRequest.Authorization, rule => rule.Inflated(), "answer about the authorization ({url}) is not understood: it is larger than 1 MiB"),
        ["an authorization elsewhere"] = (AcmeRequest.Authorization, rule => rule.Redirected("/elsewhere"), "answer about the authorization ({url}) is not understood: it redirects to /elsewhere"),
        ["an authorization with a bad token"] = (AcmeRequest.Authorization, rule => rule.WithBody(text => text.Replace("\"token\": \"", "\"token\": \"../", StringComparison.Ordinal)), "a token of base64url"),
        ["nonsense for a finalization"] = (AcmeRequest.Finalize, rule => rule.WithBody("null"), "answer about the finalization of the order ({url}) is not understood: it should be an object, and is null"),
        ["a finalization elsewhere"] = (AcmeRequest.Finalize, rule => rule.Redirected("https://new.example/"), "answer about the finalization of the order ({url}) is not understood: it redirects to https://new.example/"),
        ["a certificate at an address of another kind"] = (AcmeRequest.Order, rule => rule.WithBody(text => text.Replace("\"certificate\": \"https:", "\"certificate\": \"ftp:", StringComparison.Ordinal)), "its field \"certificate\" should be an https address, and is \"ftp://"),
    };

    public static TheoryData<string> KindsOfNonsense => [.. Nonsense.Keys];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_20_An_authority_that_is_away_for_two_days_of_six_costs_nothing_but_warnings()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var begin = gateway.Time.GetUtcNow();
        var life = TimeSpan.FromDays(6);
        proxy.FollowClock(gateway.Time);
        var issuer = new OwnIssuer(proxy) { Life = life, NotBefore = gateway.Time.GetUtcNow };
        proxy.On(AcmeRequest.Certificate).WithBody(_ => issuer.Issue());
        var (from, until) = (begin + TimeSpan.FromHours(94), begin + TimeSpan.FromHours(142));
        var window = JsonSerializer.Serialize(new { suggestedWindow = new { start = from, end = from + TimeSpan.FromMinutes(1) } });
        var windows = proxy.On(AcmeRequest.RenewalInfo).Answers(200, window, "application/json");
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var alarms = new List<string>();
        gateway.Running.Services.GetRequiredService<CertificateEvents>().Raised += one =>
        {
            lock (alarms)
                alarms.Add(one.Kind.ToString());
        };

        await gateway.HurryAsync(gateway.Events.WaitForAsync("chosen: "));

        // The first day it is not there at all, the second it is but in trouble.
        var day = 1;
        var gone = proxy.On().Where(_ => day == 1).RequestLost();
        var broken = proxy.On().Where(_ => day == 2).Unavailable();
        var attempts = new List<DateTimeOffset>();
        var warned = 0;
        while (gateway.Source().Status.Next.Due < until)
        {
            day = gateway.Source().Status.Next.Due < from + TimeSpan.FromDays(1) ? 1 : 2;
            await gateway.NextAttemptAsync();
            Assert.Equal(first, gateway.Source().Status.Bundle!.Leaf.SerialNumber);
            if (gateway.Source().Status.State.LastFailure is { } failure && (attempts.Count == 0 || failure.At > attempts[^1]))
                attempts.Add(failure.At);

            var alarm = (int)ExpiryAlarms.Of(begin, begin + life, gateway.Time.GetUtcNow());
            for (; warned < alarm; warned++)
                await gateway.Events.WaitForAsync("and has not been renewed; the last attempt failed: The ACME server", warned + 1);
        }

        Assert.Equal(first, await gateway.SerialAsync(ListenerKind.Https));
        Assert.Equal(first, await gateway.SerialAsync(ListenerKind.Federation));
        day = 3;
        windows.Remove();
        proxy.On(AcmeRequest.RenewalInfo).Answers(404);
        await gateway.NextAttemptAsync();
        var second = await gateway.NewSerialAsync(first);

        Assert.True(gone.Hits > 10 && broken.Hits > 10, $"{gone.Hits} lost, {broken.Hits} refused");
        Assert.InRange(attempts[0], from, from + TimeSpan.FromMinutes(2));
        Assert.InRange(attempts.Count, 20, 80);
        var gaps = attempts.Zip(attempts.Skip(1), (one, next) => (From: one, Gap: next - one)).ToList();
        Assert.All(gaps, gap => Assert.InRange(gap.Gap, TimeSpan.FromSeconds(5), TimeSpan.FromHours(6)));
        var inEmergency = gaps.Where(gap => begin + life - gap.From <= life / 20).ToList();
        Assert.NotEmpty(inEmergency);
        Assert.All(inEmergency, gap => Assert.InRange(gap.Gap, TimeSpan.Zero, life / 20 / 8 * 1.25));
        Assert.Equal(0, gateway.Source().Status.State.Failures);
        Assert.Null(gateway.Source().Status.State.LastFailure);
        Assert.Equal(second, gateway.Source().Status.Bundle!.Leaf.SerialNumber);
        var levels = gateway.Events.All.Where(one => one.MessageTemplate.Text.Contains("has not been renewed", StringComparison.Ordinal)).Select(one => one.Level).ToList();
        Assert.Equal(LogEventLevel.Warning, levels[0]);
        Assert.Equal(LogEventLevel.Error, levels[^1]);
        Assert.True(alarms.Count(kind => kind == nameof(CertificateEventKind.Expiring)) >= 3);
        Assert.True(alarms.Count(kind => kind == nameof(CertificateEventKind.Failed)) >= attempts.Count);
        Assert.Equal(1, alarms.Count(kind => kind == nameof(CertificateEventKind.Obtained)));
    }

    [Fact]
    public async Task Scenario_23_An_authority_that_has_forgotten_the_account_gets_a_new_one_and_the_old_one_is_kept()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var account = File.ReadAllText(AccountFiles(gateway).Single());
        var root = await pebble.GetIssuingRootAsync(0, Stop);

        await pebble.RestartAsync(Stop);
        var outcome = await gateway.RenewAsync();
        var second = await gateway.NewSerialAsync(first);
        var third = await gateway.RenewAsync();

        Assert.True(outcome.Succeeded, outcome.Message);
        Assert.NotEqual(root.Thumbprint, (await pebble.GetIssuingRootAsync(0, Stop)).Thumbprint);
        Assert.NotEqual(first, second);
        Assert.True(third.Succeeded, third.Message);
        Assert.Equal(2, proxy.CountDone(AcmeRequest.NewAccount));
        Assert.Contains(AccountFiles(gateway), path => File.ReadAllText(path) == account && !path.EndsWith("account.json", StringComparison.Ordinal));
        var orders = proxy.Requests.Where(request => request is { Kind: AcmeRequest.NewOrder, IsDone: true }).Select(request => request.Payload!.Value.TryGetProperty("replaces", out _)).ToList();
        Assert.Equal([false, false, true], orders); // nobody knows what another account's certificate was
        await gateway.Events.WaitForAsync("does not know the account any more; a new one is made, and the old one kept as ");
    }

    [Theory]
    [InlineData(nameof(AcmeRequest.Authorization))]
    [InlineData(nameof(AcmeRequest.Challenge))]
    [InlineData(nameof(AcmeRequest.Finalize))]
    [InlineData(nameof(AcmeRequest.Certificate))]
    public async Task Scenario_23_Forgotten_in_the_midst_of_an_order_it_begins_again_at_once(string where)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri, Sites = [AcmeGateway.Site("example.com")] };
        var forgets = proxy.On(Enum.Parse<AcmeRequest>(where)).Once().First(_ => pebble.RestartAsync(Stop));

        await gateway.StartAsync();
        await gateway.NewSerialAsync(serverName: "example.com");

        Assert.Equal(1, forgets.Hits);
        Assert.Equal(0, gateway.Source().Status.State.Failures);
        Assert.DoesNotContain(gateway.Events.Messages, message => message.Contains("No new certificate", StringComparison.Ordinal));
        Assert.Equal(2, proxy.CountDone(AcmeRequest.NewAccount));
        Assert.Equal(2, AccountFiles(gateway).Length);
    }

    [Fact]
    public async Task Scenario_23_An_authority_that_knows_no_account_for_long_is_not_flooded_with_new_ones()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        proxy.On(AcmeRequest.NewOrder).Problem(400, "accountDoesNotExist", "unable to find account");

        var outcome = await gateway.RenewAsync();
        await CheckQuietAsync(gateway, proxy, TimeSpan.FromHours(5));

        Assert.False(outcome.Succeeded);
        Assert.Equal(2, proxy.CountDone(AcmeRequest.NewAccount));
        Assert.Equal(first, await gateway.SerialAsync(ListenerKind.Https));
        Assert.Contains("Remove the folder acme from the store to begin with a new account", outcome.Message);
    }

    [Fact]
    public async Task Scenario_24_Changed_terms_of_service_wait_for_the_operator_and_for_nobody_else()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var terms = proxy.On(AcmeRequest.NewOrder).Problem(403, "userActionRequired", "Terms of service have changed", ("Link", "<https://ca.example/terms/v7>; rel=\"terms-of-service\""));

        var outcome = await gateway.RenewAsync();
        var told = await gateway.Events.WaitForAsync("No new certificate for example.com");
        await CheckQuietAsync(gateway, proxy, TimeSpan.FromHours(5));
        await gateway.RestartAsync();
        await CheckQuietAsync(gateway, proxy, TimeSpan.FromMinutes(30));
        var status = gateway.Source().Status.State;
        var served = await gateway.SerialAsync(ListenerKind.Federation);
        terms.Remove();
        var accepted = await gateway.RenewAsync();

        Assert.False(outcome.Succeeded);
        Assert.EndsWith("Terms of service have changed. Read and accept what the authority asks for, then run: matrixedge certificates renew (https://ca.example/terms/v7)", outcome.Message);
        Assert.StartsWith("Error ", told);
        Assert.Equal(1, terms.Hits);
        Assert.Equal(FailureKind.NeedsOperator, status.LastFailure!.Kind);
        Assert.Equal(outcome.Message, status.LastFailure.Message);
        Assert.Equal(first, served);
        Assert.True(accepted.Succeeded, accepted.Message);
        Assert.Equal(0, gateway.Source().Status.State.Failures);
    }

    [Theory]
    [InlineData(null, "gives accounts only to its customers: write Certificate:ExternalAccountBinding with the KeyId and Key that its web site shows")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "look at Certificate:ExternalAccountBinding")]
    public async Task Scenario_24_An_authority_for_customers_only_says_what_is_missing(string? key, string message)
    {
        AcmeTools.SkipWithoutPebble();
        const string Good = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, ExternalAccountKeys = new Dictionary<string, string> { ["kid-1"] = Good } }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        if (key is not null)
            gateway.Certificate["ExternalAccountBinding"] = new JsonObject { ["KeyId"] = "kid-1", ["Key"] = key };

        await gateway.StartAsync();
        var told = await gateway.Events.WaitForAsync("No new certificate for example.com");
        await CheckQuietAsync(gateway, proxy, TimeSpan.FromHours(5));
        var status = gateway.Source().Status.State;
        gateway.Certificate["ExternalAccountBinding"] = new JsonObject { ["KeyId"] = "kid-1", ["Key"] = Good };
        await gateway.RestartAsync();
        var mended = await gateway.RenewAsync();

        Assert.StartsWith("Error ", told);
        Assert.Contains(message, told);
        Assert.DoesNotContain("AAAA", told);
        Assert.Equal(FailureKind.NeedsOperator, status.LastFailure!.Kind);
        Assert.Equal(1, status.Failures);
        Assert.True(mended.Succeeded, mended.Message);
    }

    [Fact]
    public async Task Scenario_24_A_deactivated_account_is_told_and_a_new_one_is_made_when_the_operator_says_so()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        proxy.FollowClock(gateway.Time);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var account = JsonSerializer.Deserialize<StoredAccount>(File.ReadAllText(AccountFiles(gateway).Single()))!;
        using (var client = new AcmeClient(new AcmeClientOptions { DirectoryUri = proxy.DirectoryUri, UserAgent = "test", TrustedRoots = IssuerSettings.LoadRoots(proxy.RootsFile) }))
        {
            client.SignIn(AcmeKey.FromPem(account.PrivateKey), account.Location!);
            await client.DeactivateAccountAsync(Stop);
        }

        var outcome = await gateway.RenewAsync();
        var told = await gateway.Events.WaitForAsync("No new certificate for example.com");
        await CheckQuietAsync(gateway, proxy, TimeSpan.FromHours(5));
        var served = await gateway.SerialAsync(ListenerKind.Federation);
        var status = gateway.Source().Status.State;

        // As the message says, and without a restart.
        Directory.Delete(Path.Combine(gateway.Store, "acme"), recursive: true);
        var mended = await gateway.RenewAsync();

        Assert.False(outcome.Succeeded);
        Assert.Contains("whether the account was deactivated. To begin with a new account, remove the folder acme from the store", outcome.Message);
        Assert.StartsWith("Error ", told);
        Assert.Equal(FailureKind.NeedsOperator, status.LastFailure!.Kind);
        Assert.Equal(first, served);
        Assert.True(mended.Succeeded, mended.Message);
        Assert.NotEqual(first, await gateway.NewSerialAsync(first));
        Assert.Equal(2, proxy.CountDone(AcmeRequest.NewAccount));
    }

    [Fact]
    public async Task An_operator_who_asks_more_often_than_authorities_allow_is_told_until_when()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        var outcomes = new List<RenewalOutcome>();
        while (outcomes.Count < 8 && outcomes.All(outcome => outcome.Succeeded))
            outcomes.Add(await gateway.RenewAsync());

        Assert.InRange(outcomes.Count, 4, 5); // with the first one, what Let's Encrypt allows in a week but for one
        var told = outcomes[^1];
        Assert.False(told.Succeeded);
        Assert.StartsWith("No certificate for matrix.example.com, example.com is ordered before ", told.Message);
        Assert.EndsWith("; then it is, without being asked for again", told.Message);
        Assert.InRange(gateway.Source().Status.Next.Due - gateway.Time.GetUtcNow(), TimeSpan.FromDays(6), TimeSpan.FromDays(7.01));
    }

    [Fact]
    public async Task Scenario_32_What_will_be_invented_is_passed_over()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var rules = new[]
        {
            proxy.On(AcmeRequest.Directory).WithBody(text => Add(text, root =>
            {
                root["newQuantum"] = 7;
                root["meta"]!["moods"] = new JsonArray("good", null);
                root["meta"]!["profiles"]!["future"] = new JsonObject { ["description"] = new JsonArray() };
                root["meta"]!["caaIdentities"] = new JsonArray("ca.example");
            })),
            proxy.On(AcmeRequest.NewAccount).WithBody(text => Add(text, root => root["karma"] = new JsonObject())),
            proxy.On(AcmeRequest.NewOrder).WithBody(text => Add(text, root => root["priority"] = new JsonArray(1))),
            proxy.On(AcmeRequest.Authorization).WithBody(text => Add(text, root =>
            {
                root["confidence"] = 0.5;
                root["challenges"]!.AsArray().Insert(0, new JsonObject { ["type"] = "dns-persist-01", ["url"] = "https://127.0.0.1/persist", ["status"] = "pending", ["issuer-domain-names"] = new JsonArray("ca.example") });
                root["challenges"]!.AsArray().Insert(0, new JsonObject { ["type"] = "telepathy-01", ["status"] = 5, ["url"] = new JsonObject() });
                root["challenges"]!.AsArray().Insert(0, new JsonObject { ["type"] = "email-reply-00", ["url"] = "https://127.0.0.1/mail", ["status"] = "waiting-for-godot", ["token"] = 7 });
            })),
            proxy.On(AcmeRequest.RenewalInfo).WithBody(text => Add(text, root => root["suggestedWindow"]!["mood"] = "urgent")),
        };

        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await proxy.SeenAsync(AcmeRequest.RenewalInfo, 1, Stop);
        var outcome = await gateway.RenewAsync();

        Assert.True(outcome.Succeeded, outcome.Message);
        Assert.NotEqual(first, await gateway.NewSerialAsync(first));
        Assert.All(rules, rule => Assert.True(rule.Hits > 0));
        Assert.Equal(0, pebble.FailedValidations);
        Assert.DoesNotContain(gateway.Events.All, one => one.Level >= LogEventLevel.Warning && !one.MessageTemplate.Text.Contains("homeserver", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(nameof(AcmeRequest.NewOrder), 1)]
    [InlineData(nameof(AcmeRequest.Authorization), 4)]
    [InlineData(nameof(AcmeRequest.Order), 2)]
    [InlineData(nameof(AcmeRequest.Finalize), 1)]
    public async Task Scenario_32_A_state_that_will_be_invented_is_waited_out(string where, int times)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var rule = proxy.On(Enum.Parse<AcmeRequest>(where)).Times(times).WithBody(text => Add(text, root =>
        {
            root["status"] = "contemplating";
            if (where is nameof(AcmeRequest.Order) or nameof(AcmeRequest.Finalize))
                root.AsObject().Remove("certificate");
        }));

        await gateway.StartAsync();
        await gateway.HurryAsync(gateway.NewSerialAsync());

        Assert.True(rule.Hits > 0);
        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewOrder));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        Assert.Equal(0, gateway.Source().Status.State.Failures);
        Assert.Equal(0, pebble.FailedValidations);
    }

    [Theory]
    [MemberData(nameof(KindsOfNonsense))]
    public async Task Nonsense_is_told_for_what_it_is_and_the_old_certificate_is_served(string kind)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var (where, fault, message) = Nonsense[kind];
        var rule = proxy.On(where);
        fault(rule);

        var outcome = await gateway.RenewAsync();
        var (one, other) = (await gateway.SerialAsync(ListenerKind.Https), await gateway.SerialAsync(ListenerKind.Federation));
        var status = gateway.Source().Status.State;
        rule.Remove();
        var mended = await gateway.RenewAsync();

        Assert.False(outcome.Succeeded);
        Assert.True(rule.Hits > 0);
        Assert.Contains(message, Address().Replace(outcome.Message, "({url})"), StringComparison.Ordinal);
        Assert.DoesNotContain(outcome.Message, character => char.IsControl(character));
        Assert.InRange(outcome.Message.Length, 10, 1000);
        Assert.Equal((first, first), (one, other));
        Assert.Equal(1, status.Failures);
        Assert.InRange(status.NextAttempt!.Value, gateway.Time.GetUtcNow() - TimeSpan.FromMinutes(5), gateway.Time.GetUtcNow() + TimeSpan.FromMinutes(5));
        Assert.True(mended.Succeeded, mended.Message);
        Assert.NotEqual(first, await gateway.NewSerialAsync(first));
    }

    [Theory]
    [InlineData("<html>captive portal</html>", "it is not JSON but \"captive portal\"")]
    [InlineData("{}", "its field \"newNonce\" is missing")]
    [InlineData("{\"newNonce\":\"http://ca.example/\"}", "its field \"newNonce\" should be an https address, and is \"http://ca.example/\"")]
    public async Task A_directory_that_is_none_is_told_and_asked_for_again(string body, string message)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        var rule = proxy.On(AcmeRequest.Directory).WithBody(body);

        await gateway.StartAsync();
        var told = await gateway.Events.WaitForAsync("No new certificate for example.com");
        rule.Remove();
        await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Contains($"The ACME server's answer about its directory ({proxy.DirectoryUri}) is not understood: {message}. There is no certificate to serve", told);
    }

    // Nothing is asked of the authority, however often the gateway looks.
    private static async Task CheckQuietAsync(AcmeGateway gateway, FaultProxy proxy, TimeSpan during)
    {
        await gateway.Source().LookAsync(Stop);
        var before = proxy.Requests.Count(IsAboutOrders);
        for (var passed = TimeSpan.Zero; passed < during; passed += TimeSpan.FromMinutes(10))
            await gateway.AdvanceAsync(TimeSpan.FromMinutes(10));

        Assert.Equal(before, proxy.Requests.Count(IsAboutOrders));

        static bool IsAboutOrders(SeenRequest request) => request.Kind is not (AcmeRequest.RenewalInfo or AcmeRequest.Directory);
    }

    private static string[] AccountFiles(AcmeGateway gateway) => Directory.GetFiles(Path.Combine(gateway.Store, "acme"), "*", SearchOption.AllDirectories);

    [GeneratedRegex(@"\(https://127\.0\.0\.1:\d+/[^)]*\)")]
    private static partial Regex Address();

    private static string Add(string json, Action<JsonNode> change)
    {
        var root = JsonNode.Parse(json)!;
        change(root);
        return root.ToJsonString();
    }
}
