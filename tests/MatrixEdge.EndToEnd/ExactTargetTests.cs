using System.Text.Json;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>
/// Percent-encoding belongs to the client: what it wrote is what Synapse gets, and federation's signatures cover it. Synapse
/// logs targets as they came, which shows the bytes; what it stored shows that they meant the same.
/// </summary>
public sealed class ExactTargetTests(TwoServers servers) : EndToEndTest(servers)
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_room_alias_reaches_Synapse_as_it_was_written(string version)
    {
        using var user = await One.NewUserAsync(Stop, Version.Parse(version));
        var room = await user.CreateRoomAsync(Stop);
        var server = One.Name.Replace(":", "%3A", StringComparison.Ordinal);
        var local = MatrixClient.NewName();
        var target = $"/_matrix/client/v3/directory/room/%23{local}%2Fb%2fc%21d%7Ee~f!g%3A{server}";
        var from = One.Synapse.LogLength();

        await user.AskAsync(HttpMethod.Put, target, new { room_id = room }, Stop);
        var request = await One.Synapse.RequestAsync(from, line => line.Method == "PUT" && line.Target.Contains(local, StringComparison.Ordinal), "the alias", Stop);
        var aliases = await user.AskAsync(HttpMethod.Get, $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/aliases", cancellationToken: Stop);
        var found = await user.AskAsync(HttpMethod.Get, $"/_matrix/client/v3/directory/room/%23{local}%2fb%2Fc!d~e%7ef%21g:{server}", cancellationToken: Stop);

        Assert.Equal(target, request.Target);
        Assert.Equal([$"#{local}/b/c!d~e~f!g:{One.Name}"], aliases.GetProperty("aliases").EnumerateArray().Select(alias => alias.GetString()!));
        Assert.Equal(room, found.GetProperty("room_id").GetString());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_event_type_and_a_state_key_reach_Synapse_as_they_were_written(string version)
    {
        using var user = await One.NewUserAsync(Stop, Version.Parse(version));
        var room = await user.CreateRoomAsync(Stop);
        var target = $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/state/org.example%2Fa%2fb%3Ac%3ad%21e%7Ef/%21key%2F%2f%7E~%3A%25%20%C3%A9?format=%7Eevent";
        var from = One.Synapse.LogLength();

        var put = await user.AskAsync(HttpMethod.Put, target, new { colour = "green" }, Stop);
        var request = await One.Synapse.RequestAsync(from, line => line.Method == "PUT", "the state", Stop);
        var stored = await user.AskAsync(
            HttpMethod.Get, $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/event/{Uri.EscapeDataString(put.GetProperty("event_id").GetString()!)}",
            cancellationToken: Stop);

        Assert.Equal(target, request.Target);
        Assert.Equal("org.example/a/b:c:d!e~f", stored.GetProperty("type").GetString());
        Assert.Equal("!key//~~:% é", stored.GetProperty("state_key").GetString());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_transaction_id_reaches_Synapse_as_it_was_written(string version)
    {
        using var user = await One.NewUserAsync(Stop, Version.Parse(version));
        var room = await user.CreateRoomAsync(Stop);
        var target = $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/send/org.example%2ftype%7E/txn%2F%2f%3A%21%7E~%252F";
        var from = One.Synapse.LogLength();

        var first = await user.AskAsync(HttpMethod.Put, target, new { body = "once" }, Stop);
        var again = await user.AskAsync(HttpMethod.Put, target, new { body = "once" }, Stop);
        var request = await One.Synapse.RequestAsync(from, line => line.Method == "PUT", "the event", Stop);
        var stored = await user.ReceiveAsync(room, first.GetProperty("event_id").GetString()!, Stop);

        Assert.Equal(target, request.Target);
        Assert.Equal(JsonSerializer.Serialize(first), JsonSerializer.Serialize(again));
        Assert.Equal("org.example/type~", stored.GetProperty("type").GetString());
        Assert.Equal("txn//:!~~%2F", stored.GetProperty("unsigned").GetProperty("transaction_id").GetString());
    }
}
