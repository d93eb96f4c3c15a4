using MatrixEdge.Idling;

namespace MatrixEdge.Tests.Idling;

public sealed class IdleMemoryTests
{
    private const long KiB = 1024;
    private const long MiB = 1024 * KiB;

    [Theory]
    [InlineData(10, 20, 3600, 60, true)]
    [InlineData(1000, 20, 3600, 60, false)] // requests come
    [InlineData(10, 5, 3600, 60, false)] // there is little to give back
    [InlineData(10, -5, 3600, 60, false)]
    [InlineData(10, 20, 3600, 50, false)] // that was done just now
    [InlineData(10, 20, 50, 5, true)] // a start is work in pieces
    [InlineData(1000, 20, 50, 50, false)]
    [InlineData(10, 5, 50, 50, false)]
    public void Memory_is_given_back_in_a_quiet_moment_after_the_start_or_a_busy_time(long lately, long grown, int running, int sinceLast, bool isTime) =>
        Assert.Equal(isTime, IdleMemory.IsTime(lately * KiB, grown * MiB, TimeSpan.FromSeconds(running), TimeSpan.FromSeconds(sinceLast)));

    [Theory]
    [InlineData(3, 2, true)]
    [InlineData(2, 3, false)] // less than what lives
    [InlineData(0, 0, false)]
    [InlineData(40, 300, true)]
    [InlineData(20, 300, false)]
    [InlineData(100, 600, false)] // nobody waits for so much to be gone through
    public void Objects_are_collected_when_it_is_worth_what_it_costs(long sinceLast, long living, bool isCollecting) =>
        Assert.Equal(isCollecting, IdleMemory.IsCollecting(sinceLast * MiB, living * MiB));

    [Fact]
    public void The_program_keeps_few_young_objects()
    {
        var settings = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "matrixedge.runtimeconfig.json"));

        Assert.Contains("\"System.GC.Gen0MaxBudget\": 4194304", settings, StringComparison.Ordinal);
    }
}
