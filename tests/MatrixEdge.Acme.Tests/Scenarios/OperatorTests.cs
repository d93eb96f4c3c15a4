using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>What an operator asks for while the gateway runs.</summary>
public sealed class OperatorTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_30_Renew_now_brings_another_certificate_with_another_key_that_replaces_the_first()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var key = await KeyAsync(gateway);

        var outcome = await gateway.Source().RenewAsync("test", Stop);

        Assert.True(outcome.Succeeded, outcome.Message);
        await gateway.NewSerialAsync(before: first);
        Assert.NotEqual(key, await KeyAsync(gateway));
        var orders = proxy.Requests.Where(request => request.Kind == AcmeRequest.NewOrder && request.IsDone).ToList();
        Assert.False(orders[0].Payload!.Value.TryGetProperty("replaces", out _));
        Assert.True(orders[1].Payload!.Value.TryGetProperty("replaces", out _));
    }

    [Fact]
    public async Task Scenario_30_A_compromised_key_is_revoked_and_never_served_again()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        var leaf = (await TlsProbe.ConnectAsync(gateway.Port(ListenerKind.Https), "matrix.example.com", Stop)).Leaf;

        var outcome = await gateway.Source().RevokeAsync(RevocationReason.KeyCompromise, Stop);

        Assert.True(outcome.Succeeded, outcome.Message);
        var second = await gateway.NewSerialAsync(before: first);
        Assert.Equal("Revoked", (await pebble.GetStatusAsync(leaf, Stop)).GetProperty("Status").GetString());
        Assert.Equal(["000002.pem"], gateway.Generations());
        Assert.Single(Directory.GetFiles(gateway.SiteFolder(), "000001.pem.set-aside-compromised-*"));

        // Not even when it would be the only one.
        await gateway.StopAsync();
        File.Delete(Path.Combine(gateway.SiteFolder(), "000002.pem"));
        await gateway.StartAsync();
        var third = await gateway.NewSerialAsync(before: second);
        Assert.NotEqual(first, third);
    }

    [Theory]
    [InlineData("Profile", "tlsserver")]
    [InlineData("KeyAlgorithm", "RS256")]
    [InlineData("KeyAlgorithm", "ES384")]
    public async Task Scenario_30_Another_kind_in_the_configuration_is_ordered_while_the_old_one_is_served(string key, string value)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await using var load = new TlsLoad(gateway.Port(ListenerKind.Https), "matrix.example.com");

        gateway.Certificate[key] = value;
        gateway.Reconfigure();
        var second = await gateway.NewSerialAsync(before: first);

        Assert.Empty(load.Failures);
        Assert.Empty(load.Serials.Keys.Except([first, second]));
        var leaf = (await TlsProbe.ConnectAsync(gateway.Port(ListenerKind.Federation), "matrix.example.com", Stop)).Leaf;
        if (key == "Profile")
            Assert.InRange((leaf.NotAfter - leaf.NotBefore).TotalDays, 44, 46);
        else
            Assert.Equal(value == "RS256" ? 2048 : 384, leaf.GetRSAPublicKey()?.KeySize ?? leaf.GetECDsaPublicKey()!.KeySize);
    }

    [Fact]
    public async Task Scenario_30_Another_name_in_the_configuration_is_ordered_as_a_renewal_while_the_old_one_is_served()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();

        gateway.Sites[0]!["AdditionalNames"] = new JsonArray("chat.example.com");
        gateway.Reconfigure();
        await gateway.NewSerialAsync(before: first);

        Assert.Equal(["chat.example.com", "example.com", "matrix.example.com"], gateway.Source().Status.Bundle!.Names.Order(StringComparer.Ordinal));
        Assert.True(proxy.Requests.Last(request => request.Kind == AcmeRequest.NewOrder && request.IsDone).Payload!.Value.TryGetProperty("replaces", out _));
    }

    [Fact]
    public async Task Scenario_30_Names_that_share_nothing_with_the_old_ones_are_no_renewal()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        gateway.Sites[0]!["ServesApex"] = false;
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();

        gateway.Sites[0]!["PublicHost"] = "m.example.com";
        gateway.Reconfigure();
        await gateway.NewSerialAsync(before: first, serverName: "m.example.com");

        Assert.False(proxy.Requests.Last(request => request.Kind == AcmeRequest.NewOrder && request.IsDone).Payload!.Value.TryGetProperty("replaces", out _));
        Assert.Equal(["m.example.com"], gateway.Source().Status.Bundle!.Names);
    }

    [Fact]
    public async Task Scenario_30_An_account_with_a_new_key_goes_on_ordering_also_after_a_restart()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();

        await gateway.Source().Issuers[0].RollAccountKeyAsync(Stop);
        Assert.True((await gateway.Source().RenewAsync("test", Stop)).Succeeded);
        var second = await gateway.NewSerialAsync(before: first);
        await gateway.RestartAsync();
        Assert.True((await gateway.Source().RenewAsync("test", Stop)).Succeeded);
        await gateway.NewSerialAsync(before: second);

        Assert.Equal(1, proxy.CountDone(AcmeRequest.NewAccount));
        Assert.Equal(1, proxy.CountDone(AcmeRequest.KeyChange));
    }

    [Fact]
    public async Task From_files_to_orders_the_old_certificate_is_served_until_the_new_one_is_there()
    {
        AcmeTools.SkipWithoutPebble();
        using var folder = new TemporaryFolder();
        var issued = new TestAuthority().Issue("example.com", "matrix.example.com");
        issued.WriteTo(folder);
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble);
        gateway.Certificate["Source"] = "Files";
        gateway.Certificate["CertificatePath"] = folder.File("fullchain.pem");
        gateway.Certificate["PrivateKeyPath"] = folder.File("privkey.pem");
        await gateway.StartAsync();
        Assert.Equal(issued.Serial, await gateway.NewSerialAsync());
        await pebble.StopAsync();

        foreach (var key in new[] { "Source", "CertificatePath", "PrivateKeyPath" })
            gateway.Certificate.Remove(key);
        gateway.Reconfigure();
        await gateway.Events.WaitForAsync("No new certificate for example.com");
        Assert.Equal(issued.Serial, await gateway.SerialAsync(ListenerKind.Https));
        Assert.Equal(issued.Serial, await gateway.SerialAsync(ListenerKind.Federation, "example.com"));
        await pebble.StartAgainAsync(Stop);
        await gateway.AdvanceAsync(TimeSpan.FromMinutes(1));

        Assert.NotEqual(issued.Serial, await gateway.NewSerialAsync(before: issued.Serial));
    }

    private static async Task<string> KeyAsync(AcmeGateway gateway) =>
        Convert.ToHexString((await TlsProbe.ConnectAsync(gateway.Port(ListenerKind.Https), "matrix.example.com", Stop)).Leaf.PublicKey.ExportSubjectPublicKeyInfo());
}
