using System.Diagnostics;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>Runs a program to its end, within a time, and reads what it says.</summary>
internal static class Command
{
    /// <exception cref="BenchmarkException">The program failed or took too long; the message has its own words.</exception>
    public static async Task<string> RunAsync(CommandLine command, TimeSpan limit, CancellationToken stop)
    {
        var start = new ProcessStartInfo(command.File, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, value) in command.Environment)
            start.Environment[variable] = value;

        var name = Path.GetFileName(command.File);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(patience.Token);
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            var said = await output + await errors;
            return process.ExitCode == 0
                ? said
                : throw new BenchmarkException($"{name} ended with exit code {process.ExitCode}: {string.Join(" / ", said.Trim().Split('\n').TakeLast(5))}");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new BenchmarkException($"{name} took longer than {limit.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }
}
