using System.Collections.Concurrent;
using System.Globalization;
using Serilog.Core;
using Serilog.Events;

namespace MatrixEdge.Tests.Support;

/// <summary>What was logged, and a way to wait for it.</summary>
internal sealed class LogEvents : ILogEventSink
{
    private readonly ConcurrentQueue<LogEvent> events = new();

    public IReadOnlyList<string> Messages => [.. events.Select(Text)];

    public IReadOnlyList<LogEvent> All => [.. events];

    public void Clear() => events.Clear();

    public void Emit(LogEvent logEvent) => events.Enqueue(logEvent);

    public async Task<string> WaitForAsync(string part, int times = 1)
    {
        var limit = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(limit) < TimeSpan.FromSeconds(30))
        {
            var found = Messages.Where(message => message.Contains(part, StringComparison.Ordinal)).ToList();
            if (found.Count >= times)
                return found[^1];

            await Task.Delay(20);
        }

        throw new TimeoutException($"Nothing like \"{part}\" was logged, but:\n{string.Join('\n', Messages)}");
    }

    private static string Text(LogEvent logEvent)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        new Serilog.Formatting.Display.MessageTemplateTextFormatter("{Level} {Message:l} {Exception}", CultureInfo.InvariantCulture).Format(logEvent, writer);
        return writer.ToString().TrimEnd();
    }
}
