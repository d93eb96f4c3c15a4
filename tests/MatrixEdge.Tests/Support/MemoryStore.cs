using MatrixEdge.Storage;

namespace MatrixEdge.Tests.Support;

/// <summary>A store that forgets nothing and can be made to fail.</summary>
internal sealed class MemoryStore : IStore
{
    private readonly SortedDictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly HashSet<string> locks = [];

    /// <summary>While true every write fails, and nothing changes.</summary>
    public bool IsFull { get; set; }

    public string Place => "memory";

    public IReadOnlyCollection<string> Names => texts.Keys;

    public string PlaceOf(string name) => name;

    public Task<string?> ReadAsync(string name, CancellationToken stop) => Task.FromResult(texts.GetValueOrDefault(name));

    public Task WriteAsync(string name, string text, CancellationToken stop)
    {
        ThrowIfFull(name);
        texts[name] = text;
        return Task.CompletedTask;
    }

    public Task DeleteAsync(string name, CancellationToken stop)
    {
        ThrowIfFull(name);
        texts.Remove(name);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ListAsync(string folder, CancellationToken stop) => Task.FromResult<IReadOnlyList<string>>(
        [.. texts.Keys.Where(name => name.StartsWith(folder + "/", StringComparison.Ordinal) && !name.Contains(".aside-", StringComparison.Ordinal))]);

    public Task<string> SetAsideAsync(string name, string mark, CancellationToken stop)
    {
        ThrowIfFull(name);
        texts.Remove(name, out var text);
        texts[$"{name}.aside-{mark}"] = text!;
        return Task.FromResult($"{name}.aside-{mark}");
    }

    public Task CheckAsync(string folder, CancellationToken stop)
    {
        ThrowIfFull(folder);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> CloseToOthersAsync(string folder, CancellationToken stop) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task<IAsyncDisposable?> TryLockAsync(string name, CancellationToken stop) =>
        Task.FromResult<IAsyncDisposable?>(locks.Add(name) ? new Unlock(() => locks.Remove(name)) : null);

    private void ThrowIfFull(string name)
    {
        if (IsFull)
            throw new StoreException($"{name} cannot be written: No space left on device");
    }

    private sealed class Unlock(Action release) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            release();
            return ValueTask.CompletedTask;
        }
    }
}
