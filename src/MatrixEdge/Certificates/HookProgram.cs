using System.Collections.Immutable;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace MatrixEdge.Certificates;

/// <summary>
/// A program of the operator's, run to its end without a shell. It succeeds with exit code 0. Secrets come to it by environment
/// variables or standard input, which other users of the host cannot read as they can a command line. Whatever it started is
/// killed with it when it takes too long.
/// </summary>
/// <param name="command">The program, absolute, and its first arguments.</param>
/// <param name="environment">Variables beside those of the gateway itself.</param>
/// <param name="timeout">How long it may take.</param>
/// <param name="key">The key of the configuration that names it, for messages.</param>
internal sealed class HookProgram(
    ImmutableArray<string> command, IReadOnlyDictionary<string, string> environment, TimeSpan timeout, string key, TimeProvider time)
{
    // Enough for the reason, which comes last; the rest of what it says is read and forgotten.
    private const int LongestQuotation = 2000;

    // Something that outlives the program may hold its output open: it is not waited for.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    public string Path => command[0];

    /// <summary>Runs it once.</summary>
    /// <param name="arguments">What follows the first arguments.</param>
    /// <param name="input">What it reads on standard input; it need not.</param>
    /// <param name="what">What it is run for, for messages.</param>
    /// <param name="remedy">What to do when it takes too long.</param>
    /// <returns>The end of what it said, on one line.</returns>
    /// <exception cref="HookException">It did not succeed; the message says why and what to do.</exception>
    public async Task<string> RunAsync(IEnumerable<string> arguments, ReadOnlyMemory<byte> input, string what, string remedy, CancellationToken stop)
    {
        using var process = Start(arguments);
        await using var outputs = process.StandardOutput.BaseStream;
        await using var errors = process.StandardError.BaseStream;
        var output = new Tail(LongestQuotation);
        var reading = Task.WhenAll(output.ReadAsync(outputs), output.ReadAsync(errors));

        using var patience = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            await WriteAsync(process.StandardInput, input, either.Token);
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            await Task.WhenAny(process.WaitForExitAsync(CancellationToken.None), Task.Delay(LastWords, CancellationToken.None));
            stop.ThrowIfCancellationRequested();
            await Task.WhenAny(reading, Task.Delay(LastWords, CancellationToken.None));
            throw new HookException(string.Create(
                CultureInfo.InvariantCulture, $"The hook {Path} ({what}) did not end within {timeout:g} and was killed.{Said(output)} {remedy}"));
        }

        await Task.WhenAny(reading, Task.Delay(LastWords, stop));
        return process.ExitCode == 0
            ? output.Text
            : throw new HookException(string.Create(
                CultureInfo.InvariantCulture, $"The hook {Path} ({what}) ended with exit code {process.ExitCode}.{Said(output)} Run it by hand to see why"));
    }

    private static async Task WriteAsync(StreamWriter writer, ReadOnlyMemory<byte> input, CancellationToken stop)
    {
        try
        {
            await using (writer)
                await writer.BaseStream.WriteAsync(input, stop);
        }
        catch (IOException)
        {
            // It ended, or closed its input, without reading everything: that is its own affair.
        }
    }

    private Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Path, [.. command.Skip(1), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, content) in environment)
            start.Environment[variable] = content;

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new HookException(WhyNotStarted(exception), exception);
        }
    }

    private string WhyNotStarted(Win32Exception exception) => exception.NativeErrorCode switch
    {
        NoSuchFile when File.Exists(Path) => $"The hook {Path} cannot be started: the program that its first line (#!) names does not exist",
        NoSuchFile => $"The hook {Path} does not exist; give its path in {key}",
        AccessDenied => $"The hook {Path} may not be executed by the user {Environment.UserName}; run: chmod +x {Path}",
        NoExecutable => $"The hook {Path} is no program and has no first line (#!) that names one; a shell script begins with #!/bin/sh",
        _ => $"The hook {Path} cannot be started: {exception.Message}",
    };

    private static string Said(Tail output) => output.Text is { Length: > 0 } text ? $" Its last words: {text}." : " It said nothing.";

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended meanwhile.
        }
    }

    // errno(3): ENOENT, ENOEXEC, EACCES.
    private const int NoSuchFile = 2;
    private const int NoExecutable = 8;
    private const int AccessDenied = 13;

    /// <summary>The end of a long text, printable, on one line.</summary>
    private sealed class Tail(int limit)
    {
        private readonly Lock gate = new();
        private byte[] kept = [];

        public string Text
        {
            get
            {
                byte[] octets;
                lock (gate)
                    octets = kept;

                var lines = new StringBuilder(octets.Length);
                foreach (var character in Encoding.UTF8.GetString(octets).Trim())
                    lines.Append(character == '\n' ? " / " : char.IsControl(character) ? "" : character.ToString());
                return lines.ToString();
            }
        }

        public async Task ReadAsync(Stream stream)
        {
            var buffer = new byte[16 * 1024];
            try
            {
                int length;
                while ((length = await stream.ReadAsync(buffer)) > 0)
                    Keep(buffer.AsSpan(0, length));
            }
            catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The process is gone, and with it what it might have said.
            }
        }

        private void Keep(ReadOnlySpan<byte> octets)
        {
            lock (gate)
            {
                byte[] all = [.. kept, .. octets];
                kept = all.Length <= limit ? all : all[^limit..];
            }
        }
    }
}

/// <summary>A hook did not succeed; the message is for the operator: what happened, to what, what to do.</summary>
internal sealed class HookException(string message, Exception? inner = null) : Exception(message, inner);
