namespace MatrixEdge.Benchmarks.Backend;

/// <summary>Long polls for which there is no news yet.</summary>
internal sealed class HeldPolls
{
    private int count;
    private TaskCompletionSource news = New();

    public int Count => Volatile.Read(ref count);

    public async Task HoldAsync(CancellationToken aborted)
    {
        Interlocked.Increment(ref count);
        try
        {
            await Volatile.Read(ref news).Task.WaitAsync(aborted);
        }
        finally
        {
            Interlocked.Decrement(ref count);
        }
    }

    public void Release() => Interlocked.Exchange(ref news, New()).SetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
