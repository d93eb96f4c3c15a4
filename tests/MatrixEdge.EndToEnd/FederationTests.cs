using System.Security.Cryptography;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>Two homeservers that know of each other only what the gateways serve.</summary>
public sealed class FederationTests(TwoServers servers) : EndToEndTest(servers)
{
    [Fact]
    public async Task A_user_joins_a_room_of_the_other_server_and_messages_and_media_pass_both_ways()
    {
        using var guest = await One.NewUserAsync(Stop);
        using var host = await Two.NewUserAsync(Stop);
        var alias = MatrixClient.NewName();
        var room = await host.CreateRoomAsync(Stop, new { preset = "public_chat", room_alias_name = alias });

        var joined = await guest.AskAsync(HttpMethod.Post, $"/_matrix/client/v3/join/{Uri.EscapeDataString($"#{alias}:{Two.Name}")}", new { }, Stop);
        Assert.Equal(room, joined.GetProperty("room_id").GetString());

        foreach (var (from, to) in new[] { (guest, host), (host, guest) })
        {
            var sent = await from.SendTextAsync(room, $"From {from.UserId}", Stop);
            var received = await to.ReceiveAsync(room, sent, Stop);
            Assert.Equal($"From {from.UserId}", received.GetProperty("content").GetProperty("body").GetString());

            var picture = RandomNumberGenerator.GetBytes(3_000_000);
            var media = await MediaFile.UploadAsync(from, picture, Stop);
            using var answer = await to.SendAsync(HttpMethod.Get, media.DownloadTarget, cancellationToken: Stop);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Stop));
            Assert.Equal(
                Convert.ToHexString(SHA256.HashData(picture)),
                Convert.ToHexString(SHA256.HashData(await answer.Content.ReadAsByteArrayAsync(Stop))));
        }

        // It was the gateway's port that the peers used, and their signatures held.
        Assert.Contains(Two.Synapse.Requests(0), line => line is { Method: "PUT", Status: 200 } && line.Target.StartsWith("/_matrix/federation/v2/send_join/", StringComparison.Ordinal));
        foreach (var server in new[] { One, Two })
        {
            Assert.Contains(server.Synapse.Requests(0), line => line is { Method: "PUT", Status: 200 } && line.Target.StartsWith("/_matrix/federation/v1/send/", StringComparison.Ordinal));
            Assert.DoesNotContain(server.Synapse.Requests(0), line => line.Status == 401 && line.Target.StartsWith("/_matrix/federation/", StringComparison.Ordinal)
                && !line.Target.StartsWith(RefusalTests.Event, StringComparison.Ordinal));
            Assert.Contains(server.Gateway.Lines, line => line.Contains("PUT /_matrix/federation/v1/send/{txnId} 200", StringComparison.Ordinal)
                && line.Contains("\"Listener\":\"Federation\"", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task An_alias_that_is_nothing_but_escapes_is_found_by_the_other_server()
    {
        using var seeker = await One.NewUserAsync(Stop);
        using var host = await Two.NewUserAsync(Stop);
        var room = await host.CreateRoomAsync(Stop);
        var directory = "/_matrix/client/v3/directory/room/" + Uri.EscapeDataString($"#{MatrixClient.NewName()}/b!c~dé%2F&+=?:{Two.Name}");
        await host.AskAsync(HttpMethod.Put, directory, new { room_id = room }, Stop);

        // What one server asks the other is signed together with its target: a changed byte is a 401.
        var found = await seeker.AskAsync(HttpMethod.Get, directory, cancellationToken: Stop);

        Assert.Equal(room, found.GetProperty("room_id").GetString());
        Assert.Contains(Two.Synapse.Requests(0), line => line.Status == 200
            && line.Target.StartsWith("/_matrix/federation/v1/query/directory?", StringComparison.Ordinal) && line.Target.Contains("%252F", StringComparison.Ordinal));
    }
}
