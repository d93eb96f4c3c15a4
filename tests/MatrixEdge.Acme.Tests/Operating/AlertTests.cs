using System.Text.RegularExpressions;

namespace MatrixEdge.Acme.Tests.Operating;

/// <summary>deploy/prometheus, asked by Prometheus' own tool.</summary>
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

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alert();
}
