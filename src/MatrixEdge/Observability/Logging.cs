using System.Globalization;
using System.Text;
using MatrixEdge.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace MatrixEdge.Observability;

/// <summary>
/// Serilog as its own section of the configuration documents it. Without a sink of the operator's choice, a terminal gets
/// text for people and anything else gets JSON, one event a line.
/// </summary>
internal static class Logging
{
    private const string Text = "{Timestamp:HH:mm:ss} {Level:u3} {Message:l}{NewLine}{Exception}";

    public static Logger Create(ConfigurationDocument document, bool isTerminal)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning);

        if (document.Root["Serilog"] is { } section)
        {
            var json = $$"""{ "Serilog": {{section.ToJsonString()}} }""";
            using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
            configuration.ReadFrom.Configuration(new ConfigurationBuilder().AddJsonStream(stream).AddEnvironmentVariables().Build());
            if (section["WriteTo"] is not null)
                return configuration.CreateLogger();
        }

        configuration = isTerminal
            ? configuration.WriteTo.Console(outputTemplate: Text, formatProvider: CultureInfo.InvariantCulture)
            : configuration.WriteTo.Console(new JsonLines());
        return configuration.CreateLogger();
    }
}
