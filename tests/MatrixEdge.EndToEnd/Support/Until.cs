using System.Diagnostics;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>Waits for what another program is about to do.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>The first value that is not null; fails, saying <paramref name="what"/>, when there is none within a minute.</summary>
    public static async Task<T> FoundAsync<T>(Func<Task<T?>> look, string what, CancellationToken cancellationToken)
        where T : class
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            if (await look() is { } found)
                return found;

            Assert.True(watch.Elapsed < Limit, $"Nothing within {Limit.TotalSeconds:0} s: {what}");
            await Task.Delay(Pause, cancellationToken);
        }
    }

    public static Task TrueAsync(Func<Task<bool>> look, string what, CancellationToken cancellationToken) =>
        FoundAsync(async () => await look() ? "yes" : null, what, cancellationToken);
}
