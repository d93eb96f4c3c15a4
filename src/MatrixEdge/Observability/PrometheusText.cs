using System.Diagnostics.Metrics;
using System.Text;

namespace MatrixEdge.Observability;

/// <summary>
/// Shows the instruments of meters as Prometheus reads them (text format 0.0.4). Counts from its own making on; what an
/// observable instrument does not report any more is not shown any more.
/// </summary>
internal sealed partial class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();
    private readonly Func<Instrument, ExportedInstrument?> find;
    private readonly ILogger logger;

    /// <param name="find">How an instrument is told; null when it is not.</param>
    /// <param name="logger">Hears of instruments that have more series than they may.</param>
    public PrometheusText(Func<Instrument, ExportedInstrument?> find, ILogger logger)
    {
        (this.find, this.logger) = (find, logger);
        listener.InstrumentPublished = (instrument, _) => Begin(instrument);
        listener.MeasurementsCompleted = (_, family) => ((MetricFamily)family!).Clear();
        listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => ((MetricFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<short>((_, value, tags, family) => ((MetricFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((MetricFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((MetricFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<float>((_, value, tags, family) => ((MetricFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((MetricFamily)family!).Take(value, tags));
        listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => ((MetricFamily)family!).Take((double)value, tags));
        listener.Start();
    }

    public string Write()
    {
        lock (gate)
        {
            foreach (var family in families.Values.Where(family => family.IsObservable))
                family.Clear();
            try
            {
                listener.RecordObservableInstruments();
            }
            catch (AggregateException exception)
            {
                // All others have told theirs.
                Log.Unobserved(logger, exception);
            }

            var text = new StringBuilder();
            foreach (var family in families.Values)
                family.Write(text);
            return text.ToString();
        }
    }

    public void Dispose() => listener.Dispose();

    private void Begin(Instrument instrument)
    {
        if (find(instrument) is not { } exported || MetricFamily.Of(instrument, exported, Overflowed) is not { } family)
            return;

        lock (gate)
        {
            // Two instruments of one name are one family, as long as they are of one kind.
            if (families.TryGetValue(family.Name, out var known) && known.Kind != family.Kind)
                return;

            families[family.Name] = known ?? family;
            listener.EnableMeasurementEvents(instrument, known ?? family);
        }
    }

    private void Overflowed(MetricFamily family) => Log.Overflowed(logger, family.Name, family.Most);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "The metric {Metric} has {Most} series, which is as many as there may be; further ones are left out or, where they can be, counted together with otel_metric_overflow=\"true\". A restart begins anew")]
        public static partial void Overflowed(ILogger logger, string metric, int most);

        [LoggerMessage(LogLevel.Error, "Some metrics could not be read and are missing in this answer")]
        public static partial void Unobserved(ILogger logger, Exception exception);
    }
}
