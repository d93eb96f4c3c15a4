using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// A program that ends with the tests, however they end: the kernel kills it when the thread that started it is gone
/// (PR_SET_PDEATHSIG), and that thread lives as long as the test run.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly BlockingCollection<Action> Starts = BeginStarting();

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();

    private ChildProcess(ProcessStartInfo start)
    {
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Collect(line.Data);
        process.ErrorDataReceived += (_, line) => Collect(line.Data);
    }

    /// <summary>What it wrote so far, on either stream.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <param name="arguments">The program and what it is told. Whoever execs another program in its place stays protected.</param>
    public static async Task<ChildProcess> StartAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo("setpriv", ["--pdeathsig", "KILL", "--", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var child = new ChildProcess(start);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Starts.Add(() =>
        {
            try
            {
                child.process.Start();
                child.process.StandardInput.Close();
                child.process.BeginOutputReadLine();
                child.process.BeginErrorReadLine();
                started.SetResult();
            }
            catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
            {
                started.SetException(exception);
            }
        });
        await started.Task;
        return child;
    }

    /// <summary>Waits for its own end; what it wrote is complete then.</summary>
    public async Task<int> EndAsync(TimeSpan limit)
    {
        using var patience = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            Assert.Fail($"{process.StartInfo.ArgumentList[3]} did not end within {limit.TotalSeconds:0} s:\n{string.Join('\n', Lines)}");
        }

        return process.ExitCode;
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public Task<int> TerminateAsync(TimeSpan limit)
    {
        if (!process.HasExited)
            _ = Kill(process.Id, SigTerm);
        return EndAsync(limit);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static BlockingCollection<Action> BeginStarting()
    {
        var starts = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var start in starts.GetConsumingEnumerable())
                start();
        })
        { IsBackground = true, Name = "Parent of child processes" }.Start();
        return starts;
    }

    private void Collect(string? line)
    {
        if (line is not null)
            lines.Enqueue(line);
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
