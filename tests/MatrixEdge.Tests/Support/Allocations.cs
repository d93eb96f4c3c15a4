namespace MatrixEdge.Tests.Support;

/// <summary>What code allocates each time that it runs, on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Rounds = 5;

    /// <summary>In bytes, the least of some rounds: what is made once in a program's life, whoever comes first, is no part of it.</summary>
    public static long Of(Action work)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            work();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
