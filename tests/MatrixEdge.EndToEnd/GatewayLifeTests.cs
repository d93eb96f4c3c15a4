using System.Net;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

public sealed class GatewayLifeTests(TwoServers servers) : EndToEndTest(servers)
{
    [Fact]
    public async Task Ends_with_0_on_SIGTERM_and_lets_a_running_long_poll_end_in_good_order()
    {
        var directory = Directory.CreateTempSubdirectory("matrixedge-life-");
        try
        {
            await using var gateway = new GatewayProcess(directory.FullName, Authority);
            await gateway.StartAsync(One.Synapse.Address, Stop);
            // One connection, on which the answer to a request shows that the one before has arrived.
            using var user = new MatrixClient(gateway.PublicBase, Authority, HttpVersion.Version20);
            await user.RegisterAsync(MatrixClient.NewName(), Stop);
            var first = await user.SyncAsync(null, TimeSpan.Zero, Stop);
            var since = first.GetProperty("next_batch").GetString();
            var poll = user.SendAsync(HttpMethod.Get, $"/_matrix/client/v3/sync?timeout=1000&since={since}", cancellationToken: Stop);
            await user.AskAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", cancellationToken: Stop);

            var exit = await gateway.StopAsync();
            using var answer = await poll;

            Assert.Equal(0, exit);
            Assert.Contains((int)answer.StatusCode, new[] { 200, 503 });
            Assert.Empty(gateway.Complaints());
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Its_log_names_operations_and_no_token_room_or_query()
    {
        using var user = await One.NewUserAsync(Stop);
        var room = await user.CreateRoomAsync(Stop);
        await user.SendTextAsync(room, "Nothing of this is logged", Stop);
        await user.SyncAsync(null, TimeSpan.Zero, Stop);

        await Until.TrueAsync(
            () => Task.FromResult(One.Gateway.Lines.Any(line => line.Contains("GET /_matrix/client/v3/sync 200", StringComparison.Ordinal))), "the sync in the gateway's log", Stop);
        var log = string.Join('\n', One.Gateway.Lines);

        Assert.Contains("PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId} 200", log, StringComparison.Ordinal);
        Assert.DoesNotContain(user.Token!, log, StringComparison.Ordinal);
        Assert.DoesNotContain(user.UserId, log, StringComparison.Ordinal);
        Assert.DoesNotContain(room.TrimStart('!'), log, StringComparison.Ordinal);
        Assert.DoesNotContain("timeout=", log, StringComparison.Ordinal);
    }
}
