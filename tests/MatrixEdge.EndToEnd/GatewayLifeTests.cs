using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
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
            await using var gateway = new GatewayProcess(directory.FullName, Authority.Place());
            await gateway.StartAsync(One.Synapse.Address, Stop);
            // One connection, on which the answer to a request shows that the one before has arrived.
            using var user = new MatrixClient(gateway.Place, HttpVersion.Version20);
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
    public async Task An_upload_that_is_half_way_when_SIGTERM_comes_arrives_whole()
    {
        var directory = Directory.CreateTempSubdirectory("matrixedge-life-");
        try
        {
            await using var gateway = new GatewayProcess(directory.FullName, Authority.Place());
            await gateway.StartAsync(One.Synapse.Address, Stop);
            using var user = new MatrixClient(gateway.Place);
            await user.RegisterAsync(MatrixClient.NewName(), Stop);
            var half = RandomNumberGenerator.GetBytes(16 * 1024 * 1024);
            var body = new Pipe();
            using var content = new StreamContent(body.Reader.AsStream()) { Headers = { ContentLength = 2 * half.Length } };

            var upload = MediaFile.UploadAsync(user, content, Stop);
            await body.Writer.WriteAsync(half, Stop); // more than all buffers on the way hold: the gateway is in the midst of it
            var exit = gateway.StopAsync();
            await Until.TrueAsync(
                () => Task.FromResult(gateway.Lines.Any(line => line.Contains("Stopping: 1 requests", StringComparison.Ordinal))), "the gateway's word that it stops", Stop);
            await body.Writer.WriteAsync(half, Stop);
            await body.Writer.CompleteAsync();
            var media = await upload;

            Assert.Equal(0, await exit);
            Assert.Empty(gateway.Complaints());
            using var later = One.Client();
            later.Token = user.Token;
            using var kept = await later.SendAsync(HttpMethod.Get, media.DownloadTarget, cancellationToken: Stop);
            Assert.Equal(2 * half.Length, (await kept.Content.ReadAsByteArrayAsync(Stop)).Length);
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
