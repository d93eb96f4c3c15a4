using System.Text.Json.Nodes;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>dns-01 by a real program of the operator's.</summary>
public sealed class DnsProofTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Scenario_04_A_name_and_its_wildcard_are_two_values_at_one_name_which_may_be_delegated(bool isDelegated)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = Gateway(pebble, """["*.example.com"]""");
        var target = isDelegated ? "example-com.acme-dns.test" : "_acme-challenge.example.com";
        if (isDelegated)
            await pebble.MockDns.SetCnameAsync("_acme-challenge.example.com", target);

        await gateway.StartAsync();
        var serial = await gateway.NewSerialAsync();
        var probe = await TlsProbe.ConnectAsync(gateway.Port(ListenerKind.Https), "anything.example.com", Stop);
        await gateway.Events.WaitForAsync("issued a certificate for");
        var calls = Calls();

        Assert.Equal(serial, probe.Serial);
        Assert.True(probe.Leaf.MatchesHostname("anything.example.com") && probe.Leaf.MatchesHostname("example.com"));
        var present = calls.Where(call => call[0] == "present" && call[1] == target).Select(call => call[2]).ToList();
        Assert.Equal(2, present.Distinct().Count());
        Assert.Equal(present.Order(), calls.Where(call => call[0] == "cleanup" && call[1] == target).Select(call => call[2]).Order());
        Assert.True(calls.FindLastIndex(call => call[0] == "present") < calls.FindIndex(call => call[0] == "cleanup"), "What is taken away while others are looked at may take them along");
        await CheckCleanAsync(pebble, calls);
        Assert.Equal(0, pebble.FailedValidations);
        Assert.False(File.Exists(folder.File("two-at-once")));
        Assert.Equal("s3cret", File.ReadAllText(folder.File("token")));
    }

    [Fact]
    public async Task Scenario_04_What_was_published_is_removed_after_a_failed_validation_too()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = Gateway(pebble, """["*.example.com"]""");

        // The program says that it has, and has published something else.
        File.WriteAllText(folder.File("lie"), "");
        await gateway.StartAsync();
        var told = await gateway.HurryAsync(gateway.Events.WaitForAsync("No new certificate for example.com"));
        var calls = Calls();
        await CheckCleanAsync(pebble, calls);
        File.Delete(folder.File("lie"));
        await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Contains("could not validate ", told);
        Assert.Contains("*.example.com: dns-01 failed: ", told);
        Assert.Contains("unauthorized", told);
        Assert.Equal(calls.Count(call => call[0] == "present"), calls.Count(call => call[0] == "cleanup"));
        await CheckCleanAsync(pebble, Calls());
    }

    [Fact]
    public async Task Scenario_04_A_program_that_fails_half_way_is_told_and_made_to_clean_up()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = Gateway(pebble, "[]");
        File.WriteAllText(folder.File("fail"), "");

        await gateway.StartAsync();
        var told = await gateway.Events.WaitForAsync("No new certificate for example.com");
        var calls = Calls();
        await CheckCleanAsync(pebble, calls);
        var asked = pebble.Validations;
        File.Delete(folder.File("fail"));
        await gateway.NextAttemptAsync();
        await gateway.NewSerialAsync();

        Assert.Contains("ended with exit code 7. Its last words: the zone is locked", told);
        Assert.DoesNotContain("s3cret", string.Join('\n', gateway.Events.Messages));
        Assert.Equal(0, asked);
        Assert.Equal(1, pebble.Orders); // the same order is gone on with
    }

    [Fact]
    public async Task Scenario_04_What_was_published_is_removed_when_the_gateway_is_stopped_in_between()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = Gateway(pebble, """["*.example.com"]""");
        gateway.DirectoryUri = proxy.DirectoryUri;
        proxy.On(AcmeRequest.Challenge).NeverAnswered();

        await gateway.StartAsync();
        await proxy.SeenAsync(AcmeRequest.Challenge, 1, Stop);
        await gateway.Running.StopAsync();

        Assert.Contains(Calls(), call => call[0] == "present");
        await CheckCleanAsync(pebble, Calls());
    }

    // Publishes by the name server's own interface, which adds one value and takes away all. Two of it at once would be a
    // race in any program that reads a zone and writes it back.
    private AcmeGateway Gateway(PebbleServer pebble, string additionalNames)
    {
        var hook = folder.File("hook");
        File.WriteAllText(hook, $$"""
            #!/bin/sh
            mkdir '{{folder.File("busy")}}' || { touch '{{folder.File("two-at-once")}}'; exit 9; }
            trap "rmdir '{{folder.File("busy")}}'" EXIT
            printf '%s' "$DNS_TOKEN" > '{{folder.File("token")}}'
            echo "$@" >> '{{folder.File("calls")}}'
            value=$3
            test -e '{{folder.File("lie")}}' && value=lie
            case $1 in
            present) curl -sSf -o /dev/null -d "{\"host\":\"$2.\",\"value\":\"$value\"}" {{pebble.MockDns.Management}}set-txt ;;
            cleanup) curl -sSf -o /dev/null -d "{\"host\":\"$2.\"}" {{pebble.MockDns.Management}}clear-txt ;;
            esac
            test -e '{{folder.File("fail")}}' && test $1 = present && { echo 'the zone is locked' >&2; exit 7; }
            exit 0
            """);
        File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var site = AcmeGateway.Site("example.com", "matrix.example.com");
        site["AdditionalNames"] = JsonNode.Parse(additionalNames);
        var gateway = new AcmeGateway(pebble) { ChallengeTypes = ["Dns01"], Sites = [site] };
        gateway.Certificate["Dns01"] = new JsonObject
        {
            ["Hook"] = hook,
            ["Environment"] = new JsonObject { ["DNS_TOKEN"] = "s3cret" },
            ["Resolvers"] = new JsonArray(pebble.MockDns.EndPoint.ToString()),
            ["PropagationTimeout"] = "00:00:05",
        };
        return gateway;
    }

    private List<string[]> Calls() => File.Exists(folder.File("calls")) ? [.. File.ReadLines(folder.File("calls")).Select(line => line.Split(' '))] : [];

    private static async Task CheckCleanAsync(PebbleServer pebble, List<string[]> calls)
    {
        foreach (var name in calls.Select(call => call[1]).Distinct())
            Assert.Empty(await pebble.MockDns.TextsAsync(name, Stop));
    }
}
