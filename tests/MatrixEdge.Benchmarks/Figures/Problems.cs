namespace MatrixEdge.Benchmarks.Figures;

/// <summary>What went wrong while measuring.</summary>
internal sealed class Problems
{
    private readonly List<string> found = [];

    public IReadOnlyCollection<string> Found => found;

    /// <summary>Measures something; null when it fails, which is remembered.</summary>
    /// <param name="what">What is measured, of whom.</param>
    public async Task<T?> TryAsync<T>(string what, Func<Task<T>> measure)
        where T : class
    {
        try
        {
            return await measure();
        }
        catch (BenchmarkException exception)
        {
            found.Add($"{what}: {exception.Message}");
            return null;
        }
    }

    /// <summary>Does something; when it fails, that is remembered.</summary>
    /// <param name="what">What it is, with whom.</param>
    public async Task TryAsync(string what, Func<Task> measure)
    {
        try
        {
            await measure();
        }
        catch (BenchmarkException exception)
        {
            found.Add($"{what}: {exception.Message}");
        }
    }
}
