using System.Diagnostics;
using System.Net;
using System.Text.Json;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

public sealed class OutageTests(TwoServers servers) : EndToEndTest(servers)
{
    [Fact]
    public async Task While_the_homeserver_is_stopped_clients_are_told_so_and_the_well_known_documents_stand()
    {
        using var user = await Two.NewUserAsync(Stop);
        using var modern = await Two.NewUserAsync(Stop, HttpVersion.Version20);
        var room = await user.CreateRoomAsync(Stop);

        await Two.Synapse.StopAsync();
        try
        {
            foreach (var client in new[] { user, modern })
            {
                var watch = Stopwatch.StartNew();
                using var down = await client.SendAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", cancellationToken: Stop);
                Assert.Equal(HttpStatusCode.BadGateway, down.StatusCode);
                Assert.Equal("application/json", down.Content.Headers.ContentType?.MediaType);
                Assert.Equal(["*"], down.Headers.GetValues("Access-Control-Allow-Origin"));
                var error = JsonDocument.Parse(await down.Content.ReadAsStringAsync(Stop)).RootElement;
                Assert.Equal(JsonValueKind.String, error.GetProperty("errcode").ValueKind);
                Assert.NotEmpty(error.GetProperty("error").GetString()!);

                using var body = Json.Content(new { msgtype = "m.text", body = "Is anybody there?" });
                using var send = await client.SendAsync(
                    HttpMethod.Put, $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/send/m.room.message/{MatrixClient.NewTransaction()}", body, cancellationToken: Stop);
                Assert.Equal(HttpStatusCode.BadGateway, send.StatusCode);

                foreach (var document in new[] { "server", "client" })
                {
                    using var wellKnown = await client.SendAsync(HttpMethod.Get, $"/.well-known/matrix/{document}", cancellationToken: Stop);
                    Assert.Equal(HttpStatusCode.OK, wellKnown.StatusCode);
                }

                Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
            }
        }
        finally
        {
            await Two.Synapse.StartAsync(Stop);
        }

        // No waiting for a probe or a circuit to close: the first request after the start is served.
        foreach (var client in new[] { user, modern })
        {
            var who = await client.AskAsync(HttpMethod.Get, "/_matrix/client/v3/account/whoami", cancellationToken: Stop);
            Assert.Equal(client.UserId, who.GetProperty("user_id").GetString());
        }

        var sent = await user.SendTextAsync(room, "Back again", Stop);
        await user.ReceiveAsync(room, sent, Stop);
    }
}
