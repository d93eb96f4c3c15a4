using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using MatrixEdge.Observability;
using Microsoft.Extensions.Logging;

namespace MatrixEdge.Tests.Observability;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter meter = new("test");
    private readonly PrometheusText text;
    private readonly ToldWords log = new();
    private ExportedInstrument exported = new(default, 100);

    public PrometheusTextTests() => text = new PrometheusText(Exported, log);

    private ExportedInstrument? Exported(Instrument instrument) => ReferenceEquals(instrument.Meter, meter) ? exported : null;

    public void Dispose()
    {
        text.Dispose();
        meter.Dispose();
    }

    [Fact]
    public void Names_carry_the_unit_and_counters_are_totals_by_labels()
    {
        var counter = meter.CreateCounter<long>("http.server.sent", "By", "Bytes sent");
        counter.Add(2, new KeyValuePair<string, object?>("server.name", "b"));
        counter.Add(3, new KeyValuePair<string, object?>("server.name", "a"));
        counter.Add(4, new KeyValuePair<string, object?>("server.name", "a"));

        Assert.Equal("""
            # HELP http_server_sent_bytes_total Bytes sent
            # TYPE http_server_sent_bytes_total counter
            http_server_sent_bytes_total{server_name="a"} 7
            http_server_sent_bytes_total{server_name="b"} 2

            """, text.Write());
    }

    [Fact]
    public void What_is_not_observed_any_more_is_not_shown_any_more()
    {
        string[] sites = ["one", "two"];
        meter.CreateObservableGauge("up", () => sites.Select(site => new Measurement<int>(1, new KeyValuePair<string, object?>("site", site))), null, "Up");
        meter.CreateObservableCounter("seen", () => 5L, "{request}", "Seen");

        Assert.Contains("up{site=\"one\"} 1\nup{site=\"two\"} 1\n", text.Write(), StringComparison.Ordinal);
        sites = ["two"];

        var second = text.Write();
        Assert.DoesNotContain("one", second, StringComparison.Ordinal);
        Assert.Contains("\nup{site=\"two\"} 1\n", second, StringComparison.Ordinal);
        Assert.Contains("\nseen_total 5\n", second, StringComparison.Ordinal); // told anew, not added up
    }

    [Fact]
    public void A_histogram_counts_upwards_to_infinity()
    {
        var histogram = meter.CreateHistogram("wait", "s", "Wait", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2.5] });
        histogram.Record(1, new KeyValuePair<string, object?>("of", "x"));
        histogram.Record(2, new KeyValuePair<string, object?>("of", "x"));
        histogram.Record(9, new KeyValuePair<string, object?>("of", "x"));

        Assert.Equal("""
            # HELP wait_seconds Wait
            # TYPE wait_seconds histogram
            wait_seconds_bucket{of="x",le="1"} 1
            wait_seconds_bucket{of="x",le="2.5"} 2
            wait_seconds_bucket{of="x",le="+Inf"} 3
            wait_seconds_sum{of="x"} 12
            wait_seconds_count{of="x"} 3

            """, text.Write());
    }

    [Fact]
    public void What_would_break_a_line_is_escaped()
    {
        var gauge = meter.CreateGauge<double>("odd", null, "A \\ and\na line");
        gauge.Record(0.1, new KeyValuePair<string, object?>("1st-label", "a\"b\\c\nd"));

        Assert.Equal("# HELP odd A \\\\ and\\na line\n# TYPE odd gauge\nodd{_1st_label=\"a\\\"b\\\\c\\nd\"} 0.1\n", text.Write());
    }

    [Fact]
    public void Other_meters_stay_out()
    {
        using var other = new Meter("test");
        other.CreateCounter<int>("other").Add(1);

        Assert.Equal("", text.Write());
    }

    [Fact]
    public void Only_tags_of_the_list_become_labels_in_its_order()
    {
        exported = new ExportedInstrument(["b", "a"], 100);
        var counter = meter.CreateCounter<long>("n");
        counter.Add(1, new("a", 1), new("path", "/one"), new("b", true));
        counter.Add(1, new("path", "/two"), new("b", true), new("a", 1));
        counter.Add(1, new KeyValuePair<string, object?>("path", "/three"));

        Assert.EndsWith(" counter\nn_total 1\nn_total{b=\"True\",a=\"1\"} 2\n", text.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_may_come_at_other_places_each_time_and_as_other_objects_of_the_same_value()
    {
        exported = new(["b", "c", "a"], 100);
        var counter = meter.CreateCounter<long>("n");
        var (a, b, other) = (new KeyValuePair<string, object?>("a", 443), new KeyValuePair<string, object?>("b", "two"), new KeyValuePair<string, object?>("other", "x"));

        counter.Add(1, a, b);
        counter.Add(1, b, a);
        counter.Add(1, other, new("a", int.Parse("443", null)), new("b", new string(['t', 'w', 'o'])));
        counter.Add(1, other, b);
        counter.Add(1, a);
        counter.Add(1, b, other, new("c", "d"), a);
        counter.Add(1, new("b", "owt"), a);

        Assert.EndsWith("""
            n_total{a="443"} 1
            n_total{b="owt",a="443"} 1
            n_total{b="two"} 1
            n_total{b="two",a="443"} 3
            n_total{b="two",c="d",a="443"} 1

            """, text.Write(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_more_than_there_may_be_is_counted_together_and_told_once()
    {
        exported = new ExportedInstrument(default, 2);
        var counter = meter.CreateCounter<long>("n");
        var histogram = meter.CreateHistogram("wait", "s", "Wait", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1] });
        for (var i = 0; i < 1000; i++)
        {
            counter.Add(2, new KeyValuePair<string, object?>("from", i));
            histogram.Record(0.5, new KeyValuePair<string, object?>("from", i));
        }

        counter.Add(2, new KeyValuePair<string, object?>("from", 1));

        var shown = text.Write();
        Assert.Contains(" counter\nn_total{from=\"0\"} 2\nn_total{from=\"1\"} 4\nn_total{otel_metric_overflow=\"true\"} 1996\n#", shown, StringComparison.Ordinal);
        Assert.Contains("\nwait_seconds_count{otel_metric_overflow=\"true\"} 998\n", shown, StringComparison.Ordinal);
        Assert.Equal(["n_total 2", "wait_seconds 2"], log.Told.Select(told => Regex.Match(told, @"^The metric (\S+) has (\d+) series").Groups).Select(groups => $"{groups[1]} {groups[2]}"));
    }

    [Fact]
    public void What_is_observed_and_too_much_is_left_out()
    {
        exported = new ExportedInstrument(default, 2);
        meter.CreateObservableGauge("up", () => Enumerable.Range(0, 5).Select(site => new Measurement<int>(1, new KeyValuePair<string, object?>("site", site))));

        text.Write();
        var second = text.Write();

        Assert.EndsWith(" gauge\nup{site=\"0\"} 1\nup{site=\"1\"} 1\n", second, StringComparison.Ordinal);
        Assert.Single(log.Told);
    }

    [Fact]
    public void An_instrument_that_fails_does_not_hide_the_others()
    {
        meter.CreateObservableGauge("broken", Broken);
        meter.CreateObservableGauge("well", () => 1);

        Assert.EndsWith("\nwell 1\n", text.Write(), StringComparison.Ordinal);
        Assert.Equal("Some metrics could not be read and are missing in this answer", Assert.Single(log.Told));

        static int Broken() => throw new InvalidOperationException("Broken.");
    }

    [Fact]
    public void A_value_that_is_known_already_costs_no_memory()
    {
        exported = new ExportedInstrument(["operation", "http.response.status_code", "site"], 100);
        var histogram = meter.CreateHistogram<double>("wait");
        object status = 200;
        void Record() => histogram.Record(0.1, new("operation", "GET /"), new("http.response.status_code", status), new("site", "example.com"));
        for (var i = 0; i < 100_000; i++)
            Record(); // until all of it is compiled as it stays

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
            Record();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    [Fact]
    public async Task Counts_are_right_when_many_count_at_once()
    {
        var counter = meter.CreateCounter<int>("n");
        var histogram = meter.CreateHistogram<double>("wait");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1);
                histogram.Record(1, new KeyValuePair<string, object?>("of", i % 50));
                if (i % 1000 == 0)
                    text.Write();
            }
        })));

        var shown = text.Write();
        Assert.Contains("\nn_total 80000\n", shown, StringComparison.Ordinal);
        Assert.Equal(50, Regex.Count(shown, "\nwait_sum{of=\"\\d+\"} 1600\nwait_count{of=\"\\d+\"} 1600(?=\n)"));
    }

    private sealed class ToldWords : ILogger
    {
        public List<string> Told { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Told.Add(formatter(state, exception));
    }
}
