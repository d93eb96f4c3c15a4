using System.Diagnostics.CodeAnalysis;
using MatrixEdge.Configuration;

namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// Lets a program of the operator's publish records: <c>PROGRAM [ARGUMENT…] present|cleanup NAME VALUE</c>, as
/// <see cref="HookProgram"/> runs it. Secrets come to it by environment variables. It is never run twice at the same time, since
/// most such programs read a zone and write it back; and when the gateway is stopped it gets a moment to finish, since what is
/// half done can be neither used nor cleaned up.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore holds nothing to be released as long as nobody asks for its wait handle.")]
internal sealed partial class HookDnsRecords(DnsHookSettings settings, TimeProvider time, ILogger<HookDnsRecords> logger) : IDnsRecords
{
    private static readonly TimeSpan TimeToFinish = TimeSpan.FromSeconds(5);

    private readonly HookProgram program = new(settings.Command, settings.Environment, settings.Timeout, "Hook", time);

    private readonly SemaphoreSlim turn = new(1);

    public Task AddAsync(string name, string value, CancellationToken stop) => RunAsync("present", name, value, stop);

    public Task RemoveAsync(string name, string value, CancellationToken stop) => RunAsync("cleanup", name, value, stop);

    private async Task RunAsync(string action, string name, string value, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            using var end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
            await using var registration = stop.Register(() => end.CancelAfter(TimeToFinish));
            var text = await program.RunAsync(
                [action, name, value], ReadOnlyMemory<byte>.Empty, $"{action} {name}", "See what it waits for, or give it more time with HookTimeout", end.Token);
            stop.ThrowIfCancellationRequested();
            if (text.Length > 0)
                Log.Said(logger, program.Path, action, text);
        }
        catch (HookException exception)
        {
            throw new DnsRecordException(exception.Message, exception);
        }
        finally
        {
            turn.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The hook {Program} ({Action}) succeeded and said: {Text}")]
        public static partial void Said(ILogger logger, string program, string action, string text);
    }
}
