using System.Text.RegularExpressions;
using MatrixEdge.Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Acme.Tests.Operating;

/// <summary>deploy/prometheus, asked by Prometheus' own tool and compared with the program that it watches.</summary>
public sealed partial class AlertTests
{
    private static readonly string Rules = Repository.Read("deploy/prometheus/alerts.yml");

    [Theory]
    [InlineData("check", "rules", "alerts.yml")]
    [InlineData("test", "rules", "alerts.test.yml")]
    [InlineData("check", "config", "scrape.yml")]
    public async Task Promtool_is_content(params string[] command)
    {
        Assert.SkipUnless(File.Exists(PromTool.Path), PromTool.WhyNot);

        var (code, output) = await Tool.RunAsync([PromTool.Path, .. command[..^1], Repository.PathOf($"deploy/prometheus/{command[^1]}")]);

        Assert.True(code == 0, output);
    }

    [Fact]
    public void Every_alert_is_tested_and_says_what_to_do()
    {
        var tests = Repository.Read("deploy/prometheus/alerts.test.yml");
        var alerts = Alert().Matches(Rules).Select(match => match.Groups[1].Value).ToList();

        Assert.True(alerts.Count >= 9);
        Assert.All(alerts, alert => Assert.Contains(alert, tests, StringComparison.Ordinal));
        Assert.Equal(alerts.Count, Regex.Count(Rules, "\n +summary: \""));
        Assert.Equal(alerts.Count, Regex.Count(Rules, "\n +description: \".*(Run: |See |Start )"));
    }

    [Fact]
    public async Task Every_metric_of_a_rule_is_one_of_the_gateway_s()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        var known = new List<string>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        var meter = gateway.Services.GetRequiredService<EdgeMetrics>().Meter;
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
                known.Add(instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : ""));
        };
        listener.Start();

        var used = Metric().Matches(Rules).Select(match => match.Value).Distinct().ToList();

        Assert.NotEmpty(used);
        Assert.Empty(used.Except(known));
    }

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();

    [GeneratedRegex(@"\bmatrixedge_\w+")]
    private static partial Regex Metric();
}
