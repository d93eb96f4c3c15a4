using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace MatrixEdge.Observability;

/// <summary>Hands Serilog's events to the one that writes the standard output.</summary>
internal sealed class LineSink(ITextFormatter formatter, LogOutput output) : ILogEventSink
{
    public void Emit(LogEvent logEvent)
    {
        using var line = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        formatter.Format(logEvent, line);
        output.Append(Encoding.UTF8.GetBytes(line.ToString()), IsAccess(logEvent));
    }

    private static bool IsAccess(LogEvent logEvent) =>
        logEvent.Properties.TryGetValue(Constants.SourceContextPropertyName, out var source) && source is ScalarValue { Value: AccessLog.Category };
}
