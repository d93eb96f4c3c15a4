using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Observability;

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
    public void How_often_it_happened_meanwhile_is_told_with_it()
    {
        var told = new OncePerHour<string>(time);
        for (var i = 0; i < 100; i++)
            told.IsDue("a");
        time.Advance(TimeSpan.FromHours(1));

        Assert.True(told.IsDue("a", out var times));
        Assert.Equal(100, times);
        Assert.True(told.IsDue("b", out times));
        Assert.Equal(1, times);
    }

    [Fact]
    public void Of_a_flood_of_different_ones_what_is_too_much_is_told_together()
    {
        var told = new OncePerHour<int>(time, most: 10);

        Assert.Equal(Enumerable.Range(0, 11), Enumerable.Range(0, 5000).Where(told.IsDue));
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.DoesNotContain(Enumerable.Range(0, 5000), told.IsDue);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(11, Enumerable.Range(5000, 5000).Count(told.IsDue));
    }
}
