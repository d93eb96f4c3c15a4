using System.Net;
using System.Net.NetworkInformation;
using System.Security.Authentication;
using System.Security.Cryptography;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>Homeservers that federate by certificates that their gateways order and renew themselves.</summary>
public sealed class OrderedCertificateTests
{
    // More than the connections to one server that Synapse keeps for later use.
    private const int Pictures = 8;

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_servers_federate_by_ordered_certificates_and_still_do_after_a_forced_renewal_without_a_restart()
    {
        var whyNot = Tools.WhyNot() ?? AcmeTools.WhyNot();
        Assert.SkipWhen(whyNot is not null, whyNot ?? "");
        await using var servers = await OrderingServers.StartAsync(Stop);
        try
        {
            await FederateThroughRenewalAsync(servers.One, servers.Two);

            Assert.Equal(4, servers.Pebble.Issued);
            Assert.Equal(0, servers.Pebble.FailedValidations);
        }
        catch
        {
            foreach (var (name, server) in new[] { ("one", servers.One), ("two", servers.Two) })
            {
                TestContext.Current.TestOutputHelper?.WriteLine($"--- gateway {name} ---\n{server.Gateway.Report()}");
                TestContext.Current.TestOutputHelper?.WriteLine($"--- Synapse {name} ---\n{server.Synapse.Report()}");
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"--- Pebble ---\n{string.Join('\n', servers.Pebble.Log.TakeLast(60))}");
            throw;
        }
    }

    private static async Task FederateThroughRenewalAsync(MatrixServer one, MatrixServer two)
    {
        MatrixServer[] both = [one, two];
        using var guest = await one.NewUserAsync(Stop);
        using var host = await two.NewUserAsync(Stop);
        var room = await ShareRoomAsync(host, two, guest);
        await ExchangeAsync(room, guest, host);

        using var idler = await one.NewUserAsync(Stop);
        var own = await idler.CreateRoomAsync(Stop);
        var poll = idler.SyncAsync(await idler.SettleAsync(Stop), Poll, Stop);
        var processes = Processes(both);
        var kept = both.Select(Peers).ToList();
        var before = await Task.WhenAll(both.Select(SerialAsync));

        var renewals = await Task.WhenAll(both.Select(server => server.Gateway.RunAsync("certificates", "renew")));

        Assert.All(renewals, renewal => Assert.True(renewal.ExitCode == 0, renewal.Output));
        var after = await Task.WhenAll(both.Select(SerialAsync));
        Assert.Equal(4, before.Concat(after).Distinct().Count());

        // What was under way goes on: a client's long poll, and the connections that the peers keep.
        Assert.False(poll.IsCompleted);
        using var again = one.Client();
        again.Token = idler.Token;
        var sent = await again.SendTextAsync(own, "Still there?", Stop);
        Assert.Contains(MatrixClient.Timeline(await poll, own), item => item.GetProperty("event_id").GetString() == sent);
        await ExchangeAsync(room, guest, host);
        Assert.All(both.Zip(kept), pair => Assert.NotEmpty(pair.Second.Intersect(Peers(pair.First))));

        // What begins anew sees the new certificates, the peers' new connections among it.
        using var newGuest = await two.NewUserAsync(Stop);
        using var newHost = await one.NewUserAsync(Stop);
        await ExchangeAsync(await ShareRoomAsync(newHost, one, newGuest), newGuest, newHost);
        await Task.WhenAll(
            ConnectAnewAsync(two, kept[1], () => PassPicturesAsync(host, guest)),
            ConnectAnewAsync(one, kept[0], () => PassPicturesAsync(guest, host)));

        Assert.Equal(after, await Task.WhenAll(both.Select(SerialAsync)));
        Assert.Equal(processes, Processes(both));
        Assert.All(both, server => Assert.Empty(server.Gateway.Complaints()));
    }

    /// <summary>A new room of the one's, which the other joins from another server by its alias.</summary>
    private static async Task<string> ShareRoomAsync(MatrixClient host, MatrixServer server, MatrixClient guest)
    {
        var alias = MatrixClient.NewName();
        var room = await host.CreateRoomAsync(Stop, new { preset = "public_chat", room_alias_name = alias });
        var joined = await guest.AskAsync(HttpMethod.Post, $"/_matrix/client/v3/join/{Uri.EscapeDataString($"#{alias}:{server.Name}")}", new { }, Stop);
        Assert.Equal(room, joined.GetProperty("room_id").GetString());
        return room;
    }

    private static async Task ExchangeAsync(string room, MatrixClient one, MatrixClient other)
    {
        foreach (var (from, to) in new[] { (one, other), (other, one) })
        {
            var text = $"{MatrixClient.NewTransaction()} from {from.UserId}";
            var received = await to.ReceiveAsync(room, await from.SendTextAsync(room, text, Stop), Stop);
            Assert.Equal(text, received.GetProperty("content").GetProperty("body").GetString());
        }
    }

    /// <summary>All at the same time, so that the reader's server needs more connections than it has.</summary>
    private static Task PassPicturesAsync(MatrixClient from, MatrixClient to) => Task.WhenAll(Enumerable.Range(0, Pictures).Select(async _ =>
    {
        var picture = RandomNumberGenerator.GetBytes(200_000);
        var media = await MediaFile.UploadAsync(from, picture, Stop);
        using var answer = await to.SendAsync(HttpMethod.Get, media.DownloadTarget, cancellationToken: Stop);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
        Assert.Equal(picture, await answer.Content.ReadAsByteArrayAsync(Stop));
    }));

    /// <summary>Does it until there is a connection to the server's federation port that was not there.</summary>
    private static Task ConnectAnewAsync(MatrixServer server, HashSet<int> before, Func<Task> work) => Until.TrueAsync(
        async () =>
        {
            await work();
            return Peers(server).Except(before).Any();
        },
        $"a new connection to {server.Name}", Stop);

    /// <summary>The peers' ports of the connections to the server's federation port; here nobody but the other homeserver keeps any.</summary>
    private static HashSet<int> Peers(MatrixServer server)
    {
        var port = new IPEndPoint(server.Gateway.Place.Address!, server.Gateway.FederationPort);
        return [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpConnections()
            .Where(connection => connection.State == TcpState.Established && connection.RemoteEndPoint.Equals(port))
            .Select(connection => connection.LocalEndPoint.Port)];
    }

    /// <summary>The serial of the certificate that new connections see, whichever port and host they ask for.</summary>
    private static async Task<string> SerialAsync(MatrixServer server)
    {
        var place = server.Gateway.Place;
        var probes = await Task.WhenAll(
            from port in new[] { place.HttpsPort, place.FederationPort }
            from host in new[] { place.ServerHost, place.PublicHost }
            select TlsProbe.ConnectAsync(new IPEndPoint(place.Address!, port), host, SslProtocols.None, Stop));
        return Assert.Single(probes.Select(probe => probe.Serial).Distinct());
    }

    private static int?[] Processes(MatrixServer[] servers)
    {
        int?[] processes = [.. servers.Select(server => server.Gateway.ProcessId), .. servers.Select(server => server.Synapse.ProcessId)];
        Assert.DoesNotContain(null, processes);
        return processes;
    }
}
