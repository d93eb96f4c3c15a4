using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace MatrixEdge.Observability;

/// <summary>
/// Shows the instruments of meters as Prometheus reads them (text format 0.0.4). Counts from its own making on; what an
/// observable instrument does not report any more is not shown any more.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    // In seconds, from a fast answer to a slow issuance: for histograms that advise none of their own.
    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    private readonly Lock gate = new();
    private readonly SortedDictionary<string, Family> families = new(StringComparer.Ordinal);
    private readonly MeterListener listener = new();

    /// <param name="isShown">Which meters.</param>
    public PrometheusText(Func<Meter, bool> isShown)
    {
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (isShown(instrument.Meter))
                Begin(instrument);
        };
        listener.MeasurementsCompleted = (_, family) =>
        {
            lock (gate)
                ((Family)family!).Series.Clear();
        };
        listener.SetMeasurementEventCallback<byte>((_, value, tags, family) => Take(family, value, tags));
        listener.SetMeasurementEventCallback<short>((_, value, tags, family) => Take(family, value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Take(family, value, tags));
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Take(family, value, tags));
        listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Take(family, value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Take(family, value, tags));
        listener.SetMeasurementEventCallback<decimal>((_, value, tags, family) => Take(family, (double)value, tags));
        listener.Start();
    }

    public string Write()
    {
        lock (gate)
        {
            foreach (var family in families.Values.Where(family => family.IsObservable))
                family.Series.Clear();
            listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var family in families.Values.Where(family => family.Series.Count > 0))
                family.Write(text);
            return text.ToString();
        }
    }

    public void Dispose() => listener.Dispose();

    private void Begin(Instrument instrument)
    {
        if (Family.Of(instrument) is not { } family)
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

    private void Take(object? state, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var family = (Family)state!;
        var labels = Labels(tags);
        lock (gate)
            family.Take(labels, value);
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0)
                text.Append(',');
            Escape(AppendName(text, name).Append("=\""), Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quotes: true).Append('"');
        }

        return text.ToString();
    }

    private static StringBuilder AppendName(StringBuilder text, string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0]))
            text.Append('_');
        foreach (var letter in name)
            text.Append(char.IsAsciiLetterOrDigit(letter) ? letter : '_');
        return text;
    }

    private static StringBuilder Escape(StringBuilder text, string value, bool quotes)
    {
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '\\' => text.Append(@"\\"),
                '\n' => text.Append(@"\n"),
                '"' when quotes => text.Append("\\\""),
                _ => text.Append(letter),
            };
        }

        return text;
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private enum Kind
    {
        Counter,
        Gauge,
        Histogram,
    }

    /// <summary>An instrument: its name for Prometheus, and its values by labels.</summary>
    private sealed class Family
    {
        private readonly bool isSum;
        private readonly string help;
        private readonly double[] bounds;

        private Family(Instrument instrument, Kind kind, bool isSum, double[] bounds)
        {
            Kind = kind;
            IsObservable = instrument.IsObservable;
            this.isSum = isSum;
            this.bounds = bounds;
            help = string.IsNullOrEmpty(instrument.Description) ? instrument.Name : instrument.Description;
            var name = AppendName(new StringBuilder(), instrument.Name).ToString();
            var unit = UnitOf(instrument.Unit);
            if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal))
                name += "_" + unit;
            Name = kind == Kind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
        }

        public string Name { get; }

        public Kind Kind { get; }

        public bool IsObservable { get; }

        public SortedDictionary<string, Values> Series { get; } = new(StringComparer.Ordinal);

        /// <summary>Null for a kind that Prometheus has no word for.</summary>
        public static Family? Of(Instrument instrument)
        {
            if (!instrument.GetType().IsGenericType)
                return null;

            var type = instrument.GetType().GetGenericTypeDefinition();
            return type == typeof(Counter<>) ? new Family(instrument, Kind.Counter, isSum: true, [])
                : type == typeof(ObservableCounter<>) ? new Family(instrument, Kind.Counter, isSum: false, [])
                : type == typeof(UpDownCounter<>) ? new Family(instrument, Kind.Gauge, isSum: true, [])
                : type == typeof(Gauge<>) || type == typeof(ObservableGauge<>) || type == typeof(ObservableUpDownCounter<>) ? new Family(instrument, Kind.Gauge, isSum: false, [])
                : type == typeof(Histogram<>) ? new Family(instrument, Kind.Histogram, isSum: true, BoundsOf(instrument))
                : null;
        }

        public void Take(string labels, double value)
        {
            if (!Series.TryGetValue(labels, out var values))
                Series[labels] = values = new Values(bounds.Length);

            values.Sum = isSum ? values.Sum + value : value;
            values.Count++;
            for (var i = 0; i < bounds.Length; i++)
                values.Buckets[i] += value <= bounds[i] ? 1 : 0;
        }

        public void Write(StringBuilder text)
        {
            Escape(text.Append("# HELP ").Append(Name).Append(' '), help, quotes: false).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(Kind switch { Kind.Counter => "counter", Kind.Gauge => "gauge", _ => "histogram" }).Append('\n');
            foreach (var (labels, values) in Series)
            {
                if (Kind != Kind.Histogram)
                {
                    WriteLine(text, "", labels, Number(values.Sum));
                    continue;
                }

                var comma = labels.Length > 0 ? "," : "";
                for (var i = 0; i < bounds.Length; i++)
                    WriteLine(text, "_bucket", $"{labels}{comma}le=\"{Number(bounds[i])}\"", Number(values.Buckets[i]));
                WriteLine(text, "_bucket", $"{labels}{comma}le=\"+Inf\"", Number(values.Count));
                WriteLine(text, "_sum", labels, Number(values.Sum));
                WriteLine(text, "_count", labels, Number(values.Count));
            }
        }

        private void WriteLine(StringBuilder text, string suffix, string labels, string value)
        {
            text.Append(Name).Append(suffix);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(value).Append('\n');
        }

        private static double[] BoundsOf(Instrument instrument)
        {
            var advised = instrument switch
            {
                Histogram<byte> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                Histogram<short> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                Histogram<float> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries,
                Histogram<decimal> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound),
                _ => null,
            };
            return advised?.ToArray() ?? UsualBounds;
        }

        // Units as UCUM writes them; what stands in braces is a note, and "1" is none.
        private static string UnitOf(string? unit) => unit switch
        {
            null or "" or "1" => "",
            "s" => "seconds",
            "ms" => "milliseconds",
            "By" => "bytes",
            "%" => "percent",
            _ when unit.StartsWith('{') => "",
            _ => AppendName(new StringBuilder(), unit).ToString(),
        };
    }

    private sealed class Values(int buckets)
    {
        public double Sum { get; set; }

        public double Count { get; set; }

        public double[] Buckets { get; } = new double[buckets];
    }
}
