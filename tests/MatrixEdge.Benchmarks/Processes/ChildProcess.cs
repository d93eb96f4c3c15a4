using System.Diagnostics;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary>
/// A process that was started here and is stopped here, by its id and with its own children. Output goes to files, written by
/// the process itself: nothing of this program stands between.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const string Become = """out=$1 err=$2; shift 2; exec "$@" </dev/null >>"$out" 2>>"$err" """;

    private static readonly TimeSpan GraceToStop = TimeSpan.FromSeconds(5);

    private readonly Process process;
    private readonly string name;
    private readonly string errors;

    private ChildProcess(string name, Process process, string errors)
    {
        this.name = name;
        this.process = process;
        this.errors = errors;
    }

    public int Id => process.Id;

    /// <param name="output">The file that standard output is appended to, so that it can be emptied meanwhile.</param>
    public static ChildProcess Start(string name, CommandLine command, string output, string errors)
    {
        // The shell opens the files and becomes the program: the id is the program's.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false };
        foreach (var argument in (string[])["-c", Become, "sh", output, errors, command.File, .. command.Arguments])
            start.ArgumentList.Add(argument);
        foreach (var (variable, value) in command.Environment)
            start.Environment[variable] = value;
        return new ChildProcess(name, Process.Start(start)!, errors);
    }

    /// <summary>Throws when the process has ended, with the last of what it said.</summary>
    public void ThrowIfEnded()
    {
        if (!process.HasExited)
            return;

        var words = File.Exists(errors) ? string.Join(" / ", File.ReadLines(errors).TakeLast(5)) : "";
        throw new BenchmarkException($"{name} ended with exit code {process.ExitCode}: {(words.Length > 0 ? words : "it gave no reason")}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            _ = Libc.Kill(process.Id, Libc.Terminate);
            using var patience = new CancellationTokenSource(GraceToStop);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                await Console.Error.WriteLineAsync($"{name} did not stop within {GraceToStop.TotalSeconds:0} s and was killed");
            }
        }

        process.Dispose();
    }
}
