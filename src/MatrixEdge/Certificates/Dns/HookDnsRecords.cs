using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using MatrixEdge.Configuration;

namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// Lets a program of the operator's publish records: <c>PROGRAM [ARGUMENT…] present|cleanup NAME VALUE</c>, without a shell.
/// It succeeds with exit code 0. Secrets come to it by environment variables, which other users of the host cannot read as
/// they can a command line. Whatever it started is killed with it when it takes too long.
/// </summary>
internal sealed partial class HookDnsRecords(DnsHookSettings settings, TimeProvider time, ILogger<HookDnsRecords> logger) : IDnsRecords
{
    // Enough for the reason, which comes last; the rest of what it says is read and forgotten.
    private const int LongestQuotation = 2000;

    // Something that outlives the program may hold its output open: it is not waited for.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    public Task AddAsync(string name, string value, CancellationToken stop) => RunAsync("present", name, value, stop);

    public Task RemoveAsync(string name, string value, CancellationToken stop) => RunAsync("cleanup", name, value, stop);

    private async Task RunAsync(string action, string name, string value, CancellationToken stop)
    {
        using var process = Start(action, name, value);
        await using var outputs = process.StandardOutput.BaseStream;
        await using var errors = process.StandardError.BaseStream;
        var output = new Tail(LongestQuotation);
        var reading = Task.WhenAll(output.ReadAsync(outputs), output.ReadAsync(errors));

        using var patience = new CancellationTokenSource(settings.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            await process.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            stop.ThrowIfCancellationRequested();
            await Task.WhenAny(reading, Task.Delay(LastWords, CancellationToken.None));
            throw new DnsRecordException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Command(action, name)} did not end within {settings.Timeout:g} and was killed.{Said(output)} See what it waits for, or give it more time with HookTimeout"));
        }

        await Task.WhenAny(reading, Task.Delay(LastWords, stop));
        if (process.ExitCode != 0)
        {
            throw new DnsRecordException(string.Create(
                CultureInfo.InvariantCulture,
                $"{Command(action, name)} ended with exit code {process.ExitCode}.{Said(output)} Run it by hand to see why"));
        }

        if (output.Text is { Length: > 0 } text)
            Log.Said(logger, settings.Command[0], action, text);
    }

    private Process Start(string action, string name, string value)
    {
        var start = new ProcessStartInfo(settings.Command[0], [.. settings.Command.Skip(1), action, name, value])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (variable, content) in settings.Environment)
            start.Environment[variable] = content;

        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception exception)
        {
            throw new DnsRecordException(WhyNotStarted(settings.Command[0], exception), exception);
        }
    }

    private static string WhyNotStarted(string program, Win32Exception exception) => exception.NativeErrorCode switch
    {
        NoSuchFile when File.Exists(program) => $"The hook {program} cannot be started: the program that its first line (#!) names does not exist",
        NoSuchFile => $"The hook {program} does not exist; give its path in Hook",
        AccessDenied => $"The hook {program} may not be executed by the user {Environment.UserName}; run: chmod +x {program}",
        NoExecutable => $"The hook {program} is no program and has no first line (#!) that names one; a shell script begins with #!/bin/sh",
        _ => $"The hook {program} cannot be started: {exception.Message}",
    };

    private string Command(string action, string name) => $"The hook {settings.Command[0]} ({action} {name})";

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

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The hook {Program} ({Action}) succeeded and said: {Text}")]
        public static partial void Said(ILogger logger, string program, string action, string text);
    }
}
