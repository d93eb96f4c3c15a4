using MatrixEdge.Storage;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>A store as a process sees it that dies at one of its writes: the write is done or not, and nothing is answered any more.</summary>
/// <param name="crashAt">Which write it dies at, from 1; above their number: it does not.</param>
/// <param name="isDone">Whether that write still reaches the store.</param>
internal sealed class CrashingStore(IStore store, int crashAt, bool isDone) : IStore
{
    private readonly TaskCompletionSource crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int writes;

    public Task Crashed => crashed.Task;

    public int Writes => writes;

    public string Place => store.Place;

    public string PlaceOf(string name) => store.PlaceOf(name);

    public Task<string?> ReadAsync(string name, CancellationToken stop) => store.ReadAsync(name, stop);

    public Task WriteAsync(string name, string text, CancellationToken stop) => DoAsync(() => store.WriteAsync(name, text, stop));

    public Task DeleteAsync(string name, CancellationToken stop) => DoAsync(() => store.DeleteAsync(name, stop));

    public Task<IReadOnlyList<string>> ListAsync(string folder, CancellationToken stop) => store.ListAsync(folder, stop);

    public async Task<string> SetAsideAsync(string name, string mark, CancellationToken stop)
    {
        var place = "";
        await DoAsync(async () => place = await store.SetAsideAsync(name, mark, stop));
        return place;
    }

    public Task CheckAsync(string folder, CancellationToken stop) => store.CheckAsync(folder, stop);

    public Task<IReadOnlyList<string>> CloseToOthersAsync(string folder, CancellationToken stop) => store.CloseToOthersAsync(folder, stop);

    // The kernel's locks go with the process.
    public Task<IAsyncDisposable?> TryLockAsync(string name, CancellationToken stop) => Task.FromResult<IAsyncDisposable?>(new Nothing());

    private async Task DoAsync(Func<Task> write)
    {
        writes++;
        if (writes >= crashAt)
        {
            if (writes == crashAt && isDone)
                await write();
            crashed.TrySetResult();
            await Task.Delay(Timeout.Infinite);
        }

        await write();
    }

    private sealed class Nothing : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
