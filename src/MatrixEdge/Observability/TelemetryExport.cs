using System.Diagnostics.Metrics;
using MatrixEdge.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace MatrixEdge.Observability;

/// <summary>
/// Sends the metrics to a collector by OpenTelemetry's protocol: the same instruments and tags as on the admin listener, within the same
/// bounds. Made only where that is configured; nothing of OpenTelemetry is loaded otherwise.
/// </summary>
internal sealed partial class TelemetryExport(TelemetrySettings settings, EdgeMetrics metrics, IMeterFactory factory, TimeProvider time, ILogger<TelemetryExport> logger) : IHostedService, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);

    private MeterProvider? provider;
    private TelemetryTroubles? troubles;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        troubles = new TelemetryTroubles(settings.Endpoint, time, logger);
        var exported = new ExportedInstruments(metrics.Meter, factory);
        var builder = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("matrixedge", serviceVersion: VersionText.Short, autoGenerateServiceInstanceId: false, serviceInstanceId: Environment.MachineName))
            .AddMeter([.. ExportedInstruments.Meters])
            .AddView(instrument => exported.Find(instrument) is { } how ? ViewOf(how) : MetricStreamConfiguration.Drop)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = settings.Endpoint;
                exporter.Protocol = settings.Protocol == TelemetryProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                exporter.TimeoutMilliseconds = (int)Patience.TotalMilliseconds;
                exporter.HttpClientFactory = Client;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)settings.Interval.TotalMilliseconds;
                reader.PeriodicExportingMetricReaderOptions.ExportTimeoutMilliseconds = (int)Patience.TotalMilliseconds;
            });
        provider = builder.Build();
        Log.Started(logger, settings.Endpoint, settings.Interval);
        return Task.CompletedTask;
    }

    // What was measured last is sent, but nobody waits for it for long.
    public Task StopAsync(CancellationToken cancellationToken) => Task.Run(() => provider?.Shutdown((int)LastPatience.TotalMilliseconds), CancellationToken.None);

    public void Dispose()
    {
        provider?.Dispose();
        troubles?.Dispose();
    }

    private static MetricStreamConfiguration ViewOf(ExportedInstrument how) => how.Tags.IsDefault
        ? new MetricStreamConfiguration { CardinalityLimit = how.Most }
        : new MetricStreamConfiguration { CardinalityLimit = how.Most, TagKeys = [.. how.Tags] };

    private HttpClient Client()
    {
        var client = new HttpClient { Timeout = Patience };
        foreach (var (name, value) in settings.Headers)
            client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
        return client;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Metrics are sent to {Endpoint} every {Interval}")]
        public static partial void Started(ILogger logger, Uri endpoint, TimeSpan interval);
    }
}
