using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Observability;

public sealed class RecentTrafficTests
{
    private static readonly Operation Versions = Operations.Find("GET", "/_matrix/client/versions");
    private static readonly Operation Sync = Operations.Find("GET", "/_matrix/client/v3/sync");

    private readonly ManualTime time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly RecentTraffic traffic;

    public RecentTrafficTests() => traffic = new RecentTraffic(time);

    [Fact]
    public void Each_minute_has_what_came_in_it_by_port_and_outcome()
    {
        Note(Versions, 200, ListenerKind.Https);
        Note(Versions, 404, ListenerKind.Https);
        time.Advance(TimeSpan.FromMinutes(2));
        Note(Versions, 502, ListenerKind.Federation);
        Note(Versions, 101, ListenerKind.Federation);

        var listing = List();

        var https = listing.Ports.Single(port => port.Listener == ListenerKind.Https);
        Assert.Equal((443, RecentTraffic.Minutes), (https.Port, https.Requests.Length));
        Assert.Equal([2, 0, 0], https.Requests[^3..]);
        Assert.Equal([1, 0, 0], https.ClientErrors[^3..]);
        var federation = listing.Ports.Single(port => port.Listener == ListenerKind.Federation);
        Assert.Equal([0, 0, 2], federation.Requests[^3..]);
        Assert.Equal([0, 0, 1], federation.ServerErrors[^3..]);
        Assert.Equal((4, 0), (listing.Ports.Sum(port => port.All), listing.Ports.Single(port => port.Listener == ListenerKind.Http).All));
    }

    [Fact]
    public void What_is_more_than_an_hour_ago_is_forgotten()
    {
        Note(Versions, 200);
        time.Advance(TimeSpan.FromMinutes(59));
        var last = List();
        time.Advance(TimeSpan.FromMinutes(1));
        var next = List();
        Note(Sync, 200);
        var after = List();

        Assert.Equal(1, last.Ports.Sum(port => port.All));
        Assert.Single(last.Operations);
        Assert.Equal(0, next.Ports.Sum(port => port.All));
        Assert.Empty(next.Operations);
        Assert.Equal((1, "GET /_matrix/client/v3/sync"), (after.Ports.Sum(port => port.All), Assert.Single(after.Operations).Operation));
    }

    [Fact]
    public void After_days_of_silence_nothing_old_comes_back()
    {
        for (var minute = 0; minute < RecentTraffic.Minutes; minute++)
        {
            Note(Versions, 500);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        time.Advance(TimeSpan.FromDays(3));
        Note(Versions, 200);

        var listing = List();
        Assert.Equal(1, listing.Ports.Sum(port => port.All));
        Assert.Equal((1, 0), (Assert.Single(listing.Operations).Requests, listing.Operations[0].ServerErrors));
    }

    [Fact]
    public void Operations_are_listed_by_how_often_they_come_with_their_errors_and_durations()
    {
        for (var request = 0; request < 95; request++)
            Note(Versions, 200, took: TimeSpan.FromMilliseconds(15));
        for (var request = 0; request < 5; request++)
            Note(Versions, 502, ListenerKind.Federation, TimeSpan.FromSeconds(1.5));
        Note(Sync, 200, took: TimeSpan.FromSeconds(30));

        var listing = List();

        Assert.Equal(["GET /_matrix/client/versions", "GET /_matrix/client/v3/sync"], listing.Operations.Select(operation => operation.Operation));
        var versions = listing.Operations[0];
        Assert.Equal((100, 0, 5), (versions.Requests, versions.ClientErrors, versions.ServerErrors));
        Assert.InRange(versions.MedianMilliseconds!.Value, 10, 20);
        Assert.InRange(versions.P95Milliseconds!.Value, 10, 20);
        Assert.Equal((RecentTraffic.Steps, 100), (versions.FiveMinutes.Length, versions.FiveMinutes[^1]));
        Assert.Null(listing.Operations[1].MedianMilliseconds); // it waited for news
    }

    [Fact]
    public void Hostile_methods_and_paths_make_no_more_of_it()
    {
        var known = Operations.All.Count;
        for (var request = 0; request < 10_000; request++)
            Note(Operations.Find($"M{request}", $"/{request}/_matrix/{request}"), 404);

        var listing = List();

        Assert.Equal(10_000, listing.Operations.Sum(operation => operation.Requests));
        Assert.InRange(listing.Operations.Length, 1, 3);
        Assert.Equal(known, Operations.All.Count);
    }

    [Fact]
    public void Counting_allocates_nothing_once_an_operation_has_come()
    {
        Note(Versions, 200);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var request = 0; request < 1000; request++)
                Note(Versions, 200);
        }));
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_count_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var request = 0; request < 10_000; request++)
                Note(Versions, 200);
        })));

        Assert.Equal(40_000, List().Ports.Sum(port => port.All));
        Assert.Equal(40_000, List().Operations[0].Requests);
    }

    [Theory]
    [InlineData(0.5, 15)]
    [InlineData(1, 20)]
    public void A_share_lies_within_the_step_that_holds_it(double share, double milliseconds)
    {
        var counts = new long[DurationScale.Steps];
        counts[DurationScale.StepOf(TimeSpan.FromMilliseconds(20))] = 10;

        Assert.Equal(milliseconds, DurationScale.Within(counts, share)!.Value.TotalMilliseconds);
    }

    [Fact]
    public void No_duration_is_beyond_the_scale()
    {
        var counts = new long[DurationScale.Steps];
        Assert.Null(DurationScale.Within(counts, 0.5));
        counts[DurationScale.StepOf(TimeSpan.FromDays(2))]++;

        Assert.Equal(TimeSpan.FromMinutes(1), DurationScale.Within(counts, 0.5));
        Assert.Equal(0, DurationScale.StepOf(TimeSpan.Zero));
    }

    [Fact]
    public async Task Each_public_request_is_in_it_whether_or_not_it_is_logged()
    {
        await using var gateway = await RunningGateway.StartAsync(
            """{ "Sites": [{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:1" } }] }""");
        await using var client = await gateway.ConnectAsync(ListenerKind.Federation);

        await RawAnswer.ExchangeAsync(client, "GET /.well-known/matrix/server HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await RawAnswer.ExchangeAsync(client, "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\n\r\n");
        await gateway.Events.WaitForAsync("GET /_matrix/client/versions 502");

        var listing = gateway.Services.GetRequiredService<RecentTraffic>().List(kind => gateway.Port(kind));
        var federation = listing.Ports.Single(port => port.Listener == ListenerKind.Federation);
        Assert.Equal((gateway.Port(ListenerKind.Federation), 2, 1), (federation.Port!.Value, federation.All, federation.ServerErrors.Sum()));
        Assert.Equal(2, listing.Operations.Length);
    }

    private void Note(Operation operation, int status, ListenerKind listener = ListenerKind.Https, TimeSpan? took = null) =>
        traffic.Note(operation, listener, status, took ?? TimeSpan.FromMilliseconds(3));

    private TrafficListing List() => traffic.List(kind => kind == ListenerKind.Https ? 443 : kind == ListenerKind.Federation ? 8448 : 80);
}
