using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace MatrixEdge.Observability;

/// <summary>An instrument as Prometheus sees it: a name, a kind, and a bounded number of series.</summary>
internal sealed class MetricFamily
{
    private const int Rows = 256;
    private const int MostTags = 8;

    // In seconds, from a fast answer to a slow issuance: for histograms that advise none of their own.
    private static readonly double[] UsualBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

    private readonly Lock gate = new();
    private readonly ExportedInstrument exported;
    private readonly Action<MetricFamily> overflowed;
    private readonly MetricKind kind;
    private readonly bool isSum;
    private readonly string help;
    private readonly double[] bounds;

    // Where each of the tags that are told stood the last time: nearly always where it stands now. Any thread writes it.
    private readonly byte[] places;

    // Chains that only grow: read without a lock. Thrown away as a whole.
    private Row?[] table = new Row?[Rows];
    private int count;
    private MetricSeries? rest;
    private bool hasOverflowed;

    private MetricFamily(Instrument instrument, MetricKind kind, bool isSum, double[] bounds, ExportedInstrument exported, Action<MetricFamily> overflowed)
    {
        (this.kind, this.isSum, this.bounds, this.exported, this.overflowed) = (kind, isSum, bounds, exported, overflowed);
        places = new byte[exported.Tags.IsDefault ? 0 : exported.Tags.Length];
        IsObservable = instrument.IsObservable;
        help = string.IsNullOrEmpty(instrument.Description) ? instrument.Name : instrument.Description;
        Name = exported.PrometheusName ?? NameOf(instrument, kind);
    }

    public string Name { get; }

    public MetricKind Kind => kind;

    /// <summary>Whether it is asked for its values rather than telling them.</summary>
    public bool IsObservable { get; }

    public int Most => exported.Most;

    /// <summary>Null for a kind that Prometheus has no word for.</summary>
    /// <param name="overflowed">Called once, when there would be more series than there may be.</param>
    public static MetricFamily? Of(Instrument instrument, ExportedInstrument exported, Action<MetricFamily> overflowed)
    {
        if (!instrument.GetType().IsGenericType)
            return null;

        var type = instrument.GetType().GetGenericTypeDefinition();
        return type == typeof(Counter<>) ? New(MetricKind.Counter, isSum: true, [])
            : type == typeof(ObservableCounter<>) ? New(MetricKind.Counter, isSum: false, [])
            : type == typeof(UpDownCounter<>) ? New(MetricKind.Gauge, isSum: true, [])
            : type == typeof(Gauge<>) || type == typeof(ObservableGauge<>) || type == typeof(ObservableUpDownCounter<>) ? New(MetricKind.Gauge, isSum: false, [])
            : type == typeof(Histogram<>) ? New(MetricKind.Histogram, isSum: true, BoundsOf(instrument))
            : null;

        MetricFamily New(MetricKind kind, bool isSum, double[] bounds) => new(instrument, exported.Kind ?? kind, isSum, bounds, exported, overflowed);
    }

    /// <summary>Takes a value. Allocates for the first one with these tags only.</summary>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (Find(tags) is not { } series)
            return;

        if (kind == MetricKind.Histogram)
            series.Observe(value);
        else if (isSum)
            series.Add(value);
        else
            series.Set(value);
    }

    /// <summary>Forgets all that was taken.</summary>
    public void Clear()
    {
        lock (gate)
        {
            Volatile.Write(ref table, new Row?[Rows]);
            count = 0;
            rest = null;
        }
    }

    public void Write(StringBuilder text)
    {
        var all = All();
        if (all.Count == 0)
            return;

        Escape(text.Append("# HELP ").Append(Name).Append(' '), help, quotes: false).Append('\n');
        text.Append("# TYPE ").Append(Name).Append(' ').Append(kind switch { MetricKind.Counter => "counter", MetricKind.Gauge => "gauge", _ => "histogram" }).Append('\n');
        foreach (var series in all)
        {
            if (kind != MetricKind.Histogram)
            {
                WriteLine(text, "", series.Labels, Number(series.Value));
                continue;
            }

            var comma = series.Labels.Length > 0 ? "," : "";
            var buckets = series.Cumulated();
            for (var i = 0; i < bounds.Length; i++)
                WriteLine(text, "_bucket", $"{series.Labels}{comma}le=\"{Number(bounds[i])}\"", Number(buckets[i]));
            WriteLine(text, "_bucket", $"{series.Labels}{comma}le=\"+Inf\"", Number(buckets[^1]));
            WriteLine(text, "_sum", series.Labels, Number(series.Value));
            WriteLine(text, "_count", series.Labels, Number(buckets[^1]));
        }
    }

    private List<MetricSeries> All()
    {
        var all = new List<MetricSeries>();
        lock (gate)
        {
            foreach (var first in table)
            {
                for (var row = first; row is not null; row = row.Next)
                    all.Add(row.Series);
            }

            if (rest is not null)
                all.Add(rest);
        }

        all.Sort((one, other) => string.CompareOrdinal(one.Labels, other.Labels));
        return all;
    }

    private MetricSeries? Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (exported.Tags.IsDefault)
            return FindBy(tags[..Math.Min(tags.Length, MostTags)]);

        var chosen = new Tags();
        var length = Choose(tags, ref chosen);
        return FindBy(chosen[..length]);
    }

    private MetricSeries? FindBy(ReadOnlySpan<KeyValuePair<string, object?>> key)
    {
        var code = key.Length;
        foreach (var (_, value) in key)
            code = (code * 31) + HashOf(value);
        return FindRow(Volatile.Read(ref table), code, key)?.Series ?? Add(code, key);
    }

    // In the order of the list, whatever the order in which they come.
    private int Choose(ReadOnlySpan<KeyValuePair<string, object?>> tags, ref Tags chosen)
    {
        var length = 0;
        for (var i = 0; i < exported.Tags.Length; i++)
        {
            var name = exported.Tags[i];
            var place = (int)places[i];
            if (place >= tags.Length || tags[place].Key != name)
            {
                place = PlaceOf(name, tags);
                if (place < 0)
                    continue;
                places[i] = (byte)place;
            }

            chosen[length++] = new(name, TagValues.Known(name, tags[place].Value));
        }

        return length;
    }

    private static int PlaceOf(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var place = 0; place < Math.Min(tags.Length, byte.MaxValue); place++)
        {
            if (tags[place].Key == name)
                return place;
        }

        return -1;
    }

    // Values are of lists that are known, in which nobody can look for those that meet: of a text its length and a few characters do,
    // at a tenth of what all of them cost.
    private static int HashOf(object? value) => value switch
    {
        null => 0,
        string { Length: > 0 } text => (text.Length * 0x2F0B4A27) + (text[^1] * 0x01000193) + (text[text.Length / 2] * 0x6C62) + (text[text.Length / 4] << 8) + text[text.Length * 3 / 4],
        _ => value.GetHashCode(),
    };

    private static Row? FindRow(Row?[] table, int code, ReadOnlySpan<KeyValuePair<string, object?>> key)
    {
        for (var row = Volatile.Read(ref table[(uint)code % Rows]); row is not null; row = Volatile.Read(ref row.Next))
        {
            if (row.Code == code && IsSame(row.Key, key))
                return row;
        }

        return null;
    }

    private static bool IsSame(KeyValuePair<string, object?>[] one, ReadOnlySpan<KeyValuePair<string, object?>> other)
    {
        if (one.Length != other.Length)
            return false;

        for (var i = 0; i < one.Length; i++)
        {
            if (one[i].Key != other[i].Key || !Equals(one[i].Value, other[i].Value))
                return false;
        }

        return true;
    }

    private MetricSeries? Add(int code, ReadOnlySpan<KeyValuePair<string, object?>> key)
    {
        bool isFirst;
        MetricSeries? series;
        lock (gate)
        {
            if (FindRow(table, code, key) is { } known)
                return known.Series;
            if (count < exported.Most)
            {
                var row = new Row(code, key.ToArray(), new MetricSeries(LabelsOf(key), bounds));
                ref var last = ref table[(uint)code % Rows];
                while (last is not null)
                    last = ref last.Next;
                Volatile.Write(ref last, row);
                count++;
                return row.Series;
            }

            isFirst = !hasOverflowed;
            hasOverflowed = true;

            // What is true of several things at a time has no sum.
            series = isSum ? rest ??= new MetricSeries(LabelsOf([new(ExportedInstrument.OverflowTag, "true")]), bounds) : null;
        }

        if (isFirst)
            overflowed(this);
        return series;
    }

    private static string NameOf(Instrument instrument, MetricKind kind)
    {
        var name = AppendName(new StringBuilder(), instrument.Name).ToString();
        var unit = UnitOf(instrument.Unit);
        if (unit.Length > 0 && !name.EndsWith("_" + unit, StringComparison.Ordinal))
            name += "_" + unit;
        return kind == MetricKind.Counter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
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

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
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

    private void WriteLine(StringBuilder text, string suffix, string labels, string value)
    {
        text.Append(Name).Append(suffix);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(value).Append('\n');
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

    private sealed class Row(int code, KeyValuePair<string, object?>[] key, MetricSeries series)
    {
        public Row? Next;

        public int Code { get; } = code;

        public KeyValuePair<string, object?>[] Key { get; } = key;

        public MetricSeries Series { get; } = series;
    }

    [InlineArray(MostTags)]
    private struct Tags
    {
        private KeyValuePair<string, object?> first;
    }
}
