using MatrixEdge.Idling;

namespace MatrixEdge.Tests.Idling;

public sealed class IdleMemoryTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(1, 100, 20, true)]
    [InlineData(50, 100, 20, false)] // requests come
    [InlineData(1, 5, 20, false)] // there is nothing to give back
    [InlineData(1, 100, 600, false)] // nobody waits for so much to be gone through
    public void Memory_is_given_back_in_a_quiet_minute_after_a_busy_time(long lately, long sinceLast, long living, bool isTime) =>
        Assert.Equal(isTime, IdleMemory.IsTime(lately * MiB, sinceLast * MiB, living * MiB));

    [Fact]
    public void The_program_keeps_few_young_objects()
    {
        var settings = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "matrixedge.runtimeconfig.json"));

        Assert.Contains("\"System.GC.Gen0MaxBudget\": 4194304", settings, StringComparison.Ordinal);
    }
}
