using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

public sealed class OncePerHourTests
{
    private readonly ManualTime time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void The_same_is_told_once_an_hour()
    {
        var told = new OncePerHour<string>(time);

        Assert.Equal([true, false, true], new[] { "a", "a", "b" }.Select(told.IsDue));
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.False(told.IsDue("a"));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([true, false], new[] { "a", "a" }.Select(told.IsDue));
    }

    [Fact]
    public void A_flood_of_different_ones_is_cut_off_until_the_hour_is_over()
    {
        var told = new OncePerHour<int>(time);

        Assert.Equal(1000, Enumerable.Range(0, 5000).Count(told.IsDue));
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1000, Enumerable.Range(0, 5000).Count(told.IsDue));
    }
}
