using System.Diagnostics;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

public sealed class LongPollTests(TwoServers servers) : EndToEndTest(servers)
{
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Long_polls_of_30_s_last_as_long_as_the_homeserver_wants_on_either_version()
    {
        var elapsed = await Task.WhenAll(IdleAsync("1.1"), IdleAsync("2.0"));

        Assert.All(elapsed, time => Assert.InRange(time.TotalSeconds, 29, 40));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task An_event_ends_a_long_poll_at_once(string version)
    {
        using var reader = await One.NewUserAsync(Stop, Version.Parse(version));
        using var writer = await One.NewUserAsync(Stop);
        var room = await reader.CreateRoomAsync(Stop);
        await writer.AskAsync(HttpMethod.Post, $"/_matrix/client/v3/join/{Uri.EscapeDataString(room)}", new { }, Stop);
        var since = await reader.SettleAsync(Stop);

        var poll = reader.SyncAsync(since, Poll, Stop);
        var sent = await writer.SendTextAsync(room, "Wake up", Stop);
        var watch = Stopwatch.StartNew();
        var answer = await poll;

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
        Assert.Contains(MatrixClient.Timeline(answer, room), item => item.GetProperty("event_id").GetString() == sent);
    }

    private async Task<TimeSpan> IdleAsync(string version)
    {
        using var user = await One.NewUserAsync(Stop, Version.Parse(version));
        var since = await user.SettleAsync(Stop);
        var watch = Stopwatch.StartNew();
        var answer = await user.SyncAsync(since, Poll, Stop);
        Assert.Equal(since, answer.GetProperty("next_batch").GetString());
        return watch.Elapsed;
    }
}
