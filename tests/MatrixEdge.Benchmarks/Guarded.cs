namespace MatrixEdge.Benchmarks;

/// <summary>Runs a command so that it ends in time and by words, and what it started ends with it.</summary>
internal static class Guarded
{
    /// <param name="limit">When it is given up.</param>
    /// <param name="measure">Returns whether all was measured.</param>
    public static async Task<int> RunAsync(TimeSpan limit, Func<CancellationToken, Task<bool>> measure, CancellationToken interrupted)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        stop.CancelAfter(limit);
        try
        {
            return await measure(stop.Token) ? 0 : 1;
        }
        catch (Exception exception) when (interrupted.IsCancellationRequested && exception is (OperationCanceledException or BenchmarkException))
        {
            // Ctrl+C on a terminal reaches the others, too; that they end is no news then.
            await Console.Error.WriteLineAsync("Interrupted; everything that was started is stopped");
        }
        catch (BenchmarkException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"Not done after {limit.TotalMinutes:0} minutes; given up");
        }

        return 1;
    }
}
