using System.Globalization;
using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace MatrixEdge.Observability;

/// <summary>
/// One event, one line of JSON: time, level, the message as a person would read it, where it comes from, and its values by
/// name.
/// </summary>
internal sealed class JsonLines : ITextFormatter
{
    private static readonly MessageTemplateTextFormatter Message = new("{Message:l}", CultureInfo.InvariantCulture);
    private static readonly JsonValueFormatter Values = new(typeTagName: null);

    // What the platform adds to each event of a request, of no use here.
    private static readonly string[] LeftOut = ["SourceContext", "EventId", "RequestId", "RequestPath", "ConnectionId"];

    private static readonly string[] Own = ["time", "level", "message", "source", "exception"];

    public void Format(LogEvent logEvent, TextWriter output)
    {
        output.Write("{\"time\":\"");
        output.Write(logEvent.Timestamp.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        output.Write("\",\"level\":\"");
        output.Write(logEvent.Level);
        output.Write("\",\"message\":");
        using (var message = new StringWriter(CultureInfo.InvariantCulture))
        {
            Message.Format(logEvent, message);
            JsonValueFormatter.WriteQuotedJsonString(message.ToString(), output);
        }

        if (logEvent.Properties.TryGetValue("SourceContext", out var source))
        {
            output.Write(",\"source\":");
            Values.Format(source, output);
        }

        foreach (var (name, value) in logEvent.Properties)
        {
            if (LeftOut.Contains(name))
                continue;

            output.Write(',');
            JsonValueFormatter.WriteQuotedJsonString(Own.Contains(name) ? name + "_" : name, output);
            output.Write(':');
            Values.Format(value, output);
        }

        if (logEvent.Exception is { } exception)
        {
            output.Write(",\"exception\":");
            JsonValueFormatter.WriteQuotedJsonString(exception.ToString(), output);
        }

        output.WriteLine('}');
    }
}
