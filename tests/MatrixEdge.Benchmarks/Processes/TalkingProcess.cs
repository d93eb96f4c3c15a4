using System.Diagnostics;
using System.Globalization;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>
/// This program with a command that says in lines of numbers what it has come to, and ends with its standard input, so that it
/// never outlives who started it.
/// </summary>
internal sealed class TalkingProcess : IAsyncDisposable
{
    private readonly string name;
    private readonly Process process;

    private TalkingProcess(string name, Process process)
    {
        this.name = name;
        this.process = process;
    }

    public static TalkingProcess Start(string command, params string[] arguments)
    {
        var own = OwnProgram.Command([command, .. arguments]);
        return new TalkingProcess(command, Process.Start(new ProcessStartInfo(own.File, own.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);
    }

    /// <summary>The numbers of the next line.</summary>
    /// <exception cref="BenchmarkException">It ended, or said nothing within the time.</exception>
    public async Task<double[]> ReadAsync(TimeSpan limit, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(limit);
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(patience.Token)
                ?? throw new BenchmarkException($"{name} ended; what it said of it stands above");
            return [.. line.Split(' ').Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new BenchmarkException($"{name} said nothing for {limit.TotalSeconds:0} s");
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None);
        process.Dispose();
    }
}
