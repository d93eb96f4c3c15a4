using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>From an empty store to a served certificate.</summary>
public sealed class FirstStartTests
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_01_An_empty_store_becomes_one_certificate_on_both_ports_by_http_01()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { NonceReject = 50 }, Stop);
        await using var gateway = new AcmeGateway(pebble) { ChallengeTypes = ["Http01"] };

        var begin = TimeProvider.System.GetTimestamp();
        await gateway.StartAsync();
        var serial = await gateway.NewSerialAsync();
        var took = TimeProvider.System.GetElapsedTime(begin);

        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took}");
        Assert.Equal(serial, await gateway.SerialAsync(ListenerKind.Https, "example.com"));
        Assert.All(Directory.GetFiles(gateway.Store, "*", SearchOption.AllDirectories), path => Assert.Equal(OwnerFile, File.GetUnixFileMode(path)));
        Assert.All(Directory.GetDirectories(gateway.Store, "*", SearchOption.AllDirectories).Append(gateway.Store), path => Assert.Equal(OwnerFolder, File.GetUnixFileMode(path)));
    }

    [Fact]
    public async Task Scenario_02_Ordinary_clients_never_see_the_challenge_certificate_of_tls_alpn_01()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { NonceReject = 50 }, Stop);
        await using var gateway = new AcmeGateway(pebble) { ChallengeTypes = ["TlsAlpn01"] };

        var begin = TimeProvider.System.GetTimestamp();
        await gateway.StartAsync();
        await using var load = new TlsLoad(pebble.TlsPort, "matrix.example.com", 4, "h2", "http/1.1");
        var serial = await gateway.NewSerialAsync();
        var took = TimeProvider.System.GetElapsedTime(begin);
        var stopgap = load.Serials.Keys.Where(seen => seen != serial).ToList();

        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took}");
        Assert.True(stopgap.Count <= 1, $"Seen beside {serial} and the stopgap: {string.Join(", ", stopgap)}");
        Assert.Empty(load.Failures);
        Assert.True(load.Count > 10, $"Only {load.Count} handshakes");
    }

    [Fact]
    public async Task Scenario_03_Where_port_80_is_closed_another_challenge_is_tried_with_a_new_order()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble) { ChallengeTypes = ["Http01", "TlsAlpn01"], Sites = [AcmeGateway.Site("example.com")] };
        gateway.Listen["Http"] = "127.0.0.1:0"; // somewhere, but not where the authority asks

        await gateway.StartAsync();
        await gateway.NewSerialAsync(serverName: "example.com");

        Assert.Equal(1, pebble.FailedValidations);
        Assert.Equal(2, pebble.Orders);
        Assert.Equal(ChallengeType.TlsAlpn01, gateway.Source().Status.State.Of("example.com").Proven);
    }
}
