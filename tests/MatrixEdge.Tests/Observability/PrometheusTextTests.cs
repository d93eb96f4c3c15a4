using System.Diagnostics.Metrics;
using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Observability;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter meter = new("test");
    private readonly PrometheusText text;

    public PrometheusTextTests() => text = new PrometheusText(shown => ReferenceEquals(shown, meter));

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
    public async Task Counts_are_right_when_many_count_at_once()
    {
        var counter = meter.CreateCounter<int>("n");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++)
            {
                counter.Add(1);
                if (i % 1000 == 0)
                    text.Write();
            }
        })));

        Assert.Contains("\nn_total 80000\n", text.Write(), StringComparison.Ordinal);
    }
}
