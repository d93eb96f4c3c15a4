namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>A store that is broken, open or full: what is good is served, and nothing is ordered that could not be kept.</summary>
public sealed class StoreTroubleTests
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = OwnerFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_27_A_broken_certificate_is_set_aside_and_the_one_before_is_served()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        Assert.True((await gateway.Source().RenewAsync("test", Stop)).Succeeded);
        await gateway.NewSerialAsync(before: first);
        await gateway.StopAsync();
        var newest = Path.Combine(gateway.SiteFolder(), "000002.pem");
        await File.WriteAllTextAsync(newest, (await File.ReadAllTextAsync(newest, Stop))[..600], Stop);

        await gateway.StartAsync();

        Assert.Equal(first, await gateway.NewSerialAsync());
        Assert.Contains("000002.pem.set-aside-broken-", await gateway.Events.WaitForAsync($"{newest} holds"), StringComparison.Ordinal);
        Assert.Equal(["000001.pem"], gateway.Generations());
        Assert.Equal(2, pebble.Issued);
    }

    [Fact]
    public async Task Scenario_27_With_no_other_a_broken_certificate_is_ordered_anew()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await gateway.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(gateway.SiteFolder(), "000001.pem"), "\0\0\0", Stop);

        await gateway.StartAsync();

        Assert.NotEqual(first, await gateway.NewSerialAsync());
    }

    [Fact]
    public async Task Scenario_27_A_broken_account_is_kept_aside_and_told_and_a_new_one_orders()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await gateway.StopAsync();
        var account = Assert.Single(Directory.GetFiles(Path.Combine(gateway.Store, "acme"), "account.json", SearchOption.AllDirectories));
        await File.WriteAllTextAsync(account, "{ \"PrivateKey\": \"nothing\" }", Stop);

        await gateway.StartAsync();
        var outcome = await gateway.Source().RenewAsync("test", Stop);

        Assert.True(outcome.Succeeded, outcome.Message);
        await gateway.NewSerialAsync(before: first);
        await gateway.Events.WaitForAsync($"The account in {account} cannot be used");
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(account)!, "account.json.set-aside-broken-*"));
    }

    [Fact]
    public async Task Scenario_27_A_broken_state_costs_nothing_but_what_was_learnt()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var first = await gateway.NewSerialAsync();
        await gateway.StopAsync();
        await File.WriteAllTextAsync(Path.Combine(gateway.SiteFolder(), "state.json"), "]", Stop);
        await File.WriteAllTextAsync(Path.Combine(gateway.SiteFolder(), "order.json"), "{}", Stop);

        await gateway.StartAsync();
        Assert.Equal(first, await gateway.NewSerialAsync());
        var outcome = await gateway.Source().RenewAsync("test", Stop);

        Assert.True(outcome.Succeeded, outcome.Message);
        await gateway.Events.WaitForAsync("state.json cannot be understood");
        await gateway.Events.WaitForAsync("order.json cannot be understood");
    }

    [Fact]
    public async Task Scenario_27_A_key_that_others_could_read_is_closed_and_told()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        var serial = await gateway.NewSerialAsync();
        await gateway.StopAsync();
        var key = Path.Combine(gateway.SiteFolder(), "000001.pem");
        File.SetUnixFileMode(key, Everybody);

        await gateway.StartAsync();

        Assert.Equal(serial, await gateway.NewSerialAsync());
        var told = await gateway.Events.WaitForAsync($"{key} was open to other users of this computer (mode 644)");
        Assert.Contains("matrixedge certificates revoke --reason keyCompromise", told, StringComparison.Ordinal);
        Assert.Equal(OwnerFile, File.GetUnixFileMode(key));
    }

    [Fact]
    public async Task Scenario_27_On_a_full_disk_the_old_certificate_is_served_and_none_is_ordered()
    {
        await ServesWithoutOrderingAsync(
            store => ["unshare", "--mount", "sh", "-c", $"mount -t tmpfs -o size=64k tmpfs /mnt && cp -a '{store}' /mnt/store && (dd if=/dev/zero of=/mnt/fill bs=1k 2>/dev/null; true) && mount --bind /mnt/store '{store}' && exec \"$@\"", "sh"],
            "No space left on device");
    }

    [Fact]
    public async Task Scenario_27_From_a_read_only_store_the_old_certificate_is_served_and_none_is_ordered()
    {
        await ServesWithoutOrderingAsync(
            store => ["unshare", "--mount", "sh", "-c", $"mount --bind '{store}' '{store}' && mount -o remount,ro,bind '{store}' && exec \"$@\"", "sh"],
            "Read-only file system");
    }

    private static async Task ServesWithoutOrderingAsync(Func<string, string[]> within, string reason)
    {
        AcmeTools.SkipWithoutPebble();
        Assert.SkipUnless(Environment.UserName == "root", "Only root can mount");

        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var gateway = new GatewayProgram(pebble) { Profile = "tlsserver" };
        await gateway.StartAsync();
        var serial = await gateway.SerialAsync(Stop);
        await gateway.KillAsync();

        // Another kind of certificate is asked for, so that an order is due at once.
        gateway.Profile = "classic";
        await gateway.StartAsync(within(gateway.Store));
        Assert.Equal(serial, await gateway.SerialAsync(Stop));
        var line = await gateway.SaidAsync("No certificate is ordered that could not be kept", Stop);

        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Contains("Give the user that runs the gateway write access and room on the disk", line, StringComparison.Ordinal);
        Assert.Equal(1, pebble.Orders);
        Assert.Equal(serial, await gateway.SerialAsync(Stop));
    }
}
