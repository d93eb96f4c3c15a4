using MatrixEdge.Configuration;
using MatrixEdge.Limiting;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Limiting;

public sealed class AllowancesTests
{
    private static readonly RateLimit ThreeInAMinute = new(3, TimeSpan.FromMinutes(1));
    private readonly ManualTime time = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Allowances allowances;

    public AllowancesTests() => allowances = new Allowances(time);

    [Fact]
    public void Allows_as_many_at_once_as_are_allowed_and_tells_when_the_next_is()
    {
        for (var i = 0; i < 3; i++)
            Assert.True(allowances.TryTake(Client(1), ThreeInAMinute, out _));

        Assert.False(allowances.TryTake(Client(1), ThreeInAMinute, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(20), retryAfter);
        Assert.True(allowances.TryTake(Client(2), ThreeInAMinute, out _));
    }

    [Fact]
    public void Refills_evenly_and_never_beyond_the_whole()
    {
        for (var i = 0; i < 3; i++)
            allowances.TryTake(Client(1), ThreeInAMinute, out _);

        time.Advance(TimeSpan.FromSeconds(19));
        Assert.False(allowances.TryTake(Client(1), ThreeInAMinute, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(1), retryAfter);
        time.Advance(retryAfter);
        Assert.True(allowances.TryTake(Client(1), ThreeInAMinute, out _));
        Assert.False(allowances.TryTake(Client(1), ThreeInAMinute, out _));

        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(3, Enumerable.Range(0, 10).Count(_ => allowances.TryTake(Client(1), ThreeInAMinute, out var _)));
    }

    [Fact]
    public void Being_refused_costs_nothing()
    {
        for (var i = 0; i < 1000; i++)
            allowances.TryTake(Client(1), ThreeInAMinute, out _);

        time.Advance(TimeSpan.FromSeconds(20));

        Assert.True(allowances.TryTake(Client(1), ThreeInAMinute, out _));
    }

    [Theory]
    [InlineData(1, 86_400)]
    [InlineData(7, 1)]
    [InlineData(999_983, 1)]
    [InlineData(1_000_000, 60)]
    public void Allows_exactly_what_is_written(int requests, int seconds)
    {
        var limit = new RateLimit(requests, TimeSpan.FromSeconds(seconds));

        var allowed = 0;
        while (allowed <= requests && allowances.TryTake(Client(1), limit, out _))
            allowed++;

        Assert.Equal(requests, allowed);
    }

    [Fact]
    public void A_changed_allowance_goes_on_with_what_was_used()
    {
        var perHour = new RateLimit(3, TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++)
            allowances.TryTake(Client(1), perHour, out _);

        Assert.False(allowances.TryTake(Client(1), ThreeInAMinute, out var retryAfter));
        Assert.Equal(TimeSpan.FromSeconds(20), retryAfter);
        Assert.True(allowances.TryTake(Client(1), new RateLimit(1000, TimeSpan.FromHours(2)), out _));
    }

    [Fact]
    public void Threads_share_an_allowance_and_get_no_more_of_it()
    {
        var limit = new RateLimit(1000, TimeSpan.FromHours(1));
        var allowed = 0;

        Parallel.For(0, 10_000, _ =>
        {
            if (allowances.TryTake(Client(1), limit, out var _))
                Interlocked.Increment(ref allowed);
        });

        Assert.Equal(1000, allowed);
    }

    [Fact]
    public void Forgets_whose_allowance_is_whole_again()
    {
        for (var i = 0; i < 10_000; i++)
            allowances.TryTake(Client(i), ThreeInAMinute, out _);
        Assert.Equal(10_000, allowances.Count);

        time.Advance(TimeSpan.FromMinutes(1));
        allowances.TryTake(Client(10_000), ThreeInAMinute, out _);

        Assert.Equal(1, allowances.Count);
    }

    [Fact]
    public void A_million_networks_fill_no_memory_and_those_who_are_known_keep_their_allowance()
    {
        Assert.True(allowances.TryTake(Client(-1), ThreeInAMinute, out _));
        var allowed = Enumerable.Range(0, 1_000_000).Count(i => allowances.TryTake(Client(i), ThreeInAMinute, out _));

        Assert.InRange(allowances.Count, Allowances.Most, Allowances.Most + 1);
        Assert.Equal(Allowances.Most - 1 + 3, allowed);
        Assert.True(allowances.TryTake(Client(-1), ThreeInAMinute, out _));

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(allowances.TryTake(Client(2_000_000), ThreeInAMinute, out _));
        Assert.Equal(1, allowances.Count);
    }

    [Fact]
    public void A_known_client_is_counted_without_allocating()
    {
        var limit = new RateLimit(1000, TimeSpan.FromMinutes(1));
        allowances.TryTake(Client(1), limit, out _);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 2000; i++)
                allowances.TryTake(Client(1), limit, out _);
        }));
    }

    private static LimitKey Client(int number) => new(LimitGroup.Login, new UInt128((ulong)(uint)number, 0));
}
