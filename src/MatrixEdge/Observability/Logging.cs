using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MatrixEdge.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Observability;

/// <summary>
/// Serilog as its own section of the configuration documents it. Without a sink of the operator's choice, a terminal gets
/// text for people and anything else gets JSON, one event a line.
/// </summary>
internal static partial class Logging
{
    private const string Section = "Serilog";
    private const string Text = "{Timestamp:HH:mm:ss} {Level:u3} {Message:l}{NewLine}{Exception}";

    // For what is left when the gateway stops.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The log, or null with the problem told: what Serilog cannot make of its section, it would pass over in silence.</summary>
    public static ProgramLog? Create(ConfigurationDocument document, bool isTerminal, Problems problems)
    {
        var complaints = new List<string>();
        SelfLog.Enable(complaint => complaints.Add(Timestamp().Replace(complaint, "")));
        try
        {
            var log = Build(document, isTerminal);
            if (complaints.Count == 0)
                return log;

            log.Dispose();
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException or FormatException or IOException
            or UnauthorizedAccessException or NotSupportedException or TypeLoadException or TargetInvocationException)
        {
            complaints.Add((exception as TargetInvocationException)?.InnerException?.Message ?? exception.Message);
        }
        finally
        {
            SelfLog.Disable();
        }

        // The first sentence says what is wrong; behind it come method signatures and stacks.
        foreach (var complaint in complaints)
            problems.Add(Section, null, $"Serilog says: {FirstSentence().Match(complaint.Trim()).Value.TrimEnd('.', ':')}");
        return null;
    }

    /// <summary>Tells what Serilog cannot make of its section, without opening the files that it would write.</summary>
    public static void Check(ConfigurationDocument document, Problems problems)
    {
        // What is not written cannot be wrong, and to make a log costs time at the start.
        if (!Settings(document).GetSection(Section).Exists())
            return;

        var dry = (JsonObject)document.Root.DeepClone();
        if (dry[Section]?["WriteTo"] is JsonArray sinks)
        {
            foreach (var sink in sinks.Where(sink => (sink as JsonObject)?["Name"] is JsonValue name && name.TryGetValue<string>(out var text) && text == "File").ToList())
                sinks.Remove(sink);
        }

        Create(document with { Root = dry }, isTerminal: true, problems)?.Dispose();
    }

    private static ProgramLog Build(ConfigurationDocument document, bool isTerminal)
    {
        var settings = Settings(document);
        var log = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning);
        if (settings.GetSection(Section).Exists())
            log = Read(log, settings);
        if (settings.GetSection($"{Section}:WriteTo").GetChildren().Any())
            return new ProgramLog(log.CreateLogger());
        if (isTerminal)
            return new ProgramLog(log.WriteTo.Console(outputTemplate: Text, formatProvider: CultureInfo.InvariantCulture).CreateLogger());

        var output = new LogOutput(Console.OpenStandardOutput(), Patience);
        var events = log.WriteTo.Sink(new LineSink(new JsonLines(), output)).CreateLogger();
        output.Recovered = lines => Recovered(events, lines);

        // What else the section may hold adds to events or chooses among them.
        var isPlain = settings.GetSection(Section).GetChildren().All(part => part.Key.Equals("MinimumLevel", StringComparison.OrdinalIgnoreCase));
        return new ProgramLog(events, output, isPlain ? new AccessLines(output) : null);
    }

    private static IConfigurationRoot Settings(ConfigurationDocument document)
    {
        var json = $$"""{ "{{Section}}": {{document.Root[Section]?.ToJsonString() ?? "{}"}} }""";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return new ConfigurationBuilder().AddJsonStream(stream).AddEnvironmentVariables().Build();
    }

    private static void Recovered(Logger events, long lines)
    {
        using var loggers = new SerilogLoggerFactory(events);
        Log.Recovered(loggers.CreateLogger(typeof(LogOutput).FullName!), lines);
    }

    // Apart, for what looks for sinks in all assemblies is not loaded where nothing is written.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static LoggerConfiguration Read(LoggerConfiguration log, IConfiguration settings) => log.ReadFrom.Configuration(settings);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\S+ ")]
    private static partial Regex Timestamp();

    [GeneratedRegex(@"^.*?(\.(?=\s|$)|(?=\n)|$)")]
    private static partial Regex FirstSentence();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Lines} lines of the log were lost: what reads the standard output did not take them in time. See that it keeps up, or write files")]
        public static partial void Recovered(Microsoft.Extensions.Logging.ILogger logger, long lines);
    }
}
