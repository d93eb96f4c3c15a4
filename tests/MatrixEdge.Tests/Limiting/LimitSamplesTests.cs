using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Limiting;

/// <summary>What README and the example say about limits is what the program does.</summary>
public sealed partial class LimitSamplesTests
{
    [Fact]
    public void The_example_shows_the_defaults()
    {
        using var folder = new TemporaryFolder();

        var (settings, document) = UnderstoodConfiguration.Soundly(folder, Repository.Read("appsettings.example.json"));

        Assert.NotNull(document.Root["MatrixEdge"]!["Limits"]);
        Assert.Equal(LimitSettings.Default, settings.Limits);
    }

    [Theory]
    [InlineData(nameof(LimitGroup.Login))]
    [InlineData(nameof(LimitGroup.Register))]
    [InlineData(nameof(LimitGroup.PasswordReset))]
    [InlineData(nameof(LimitGroup.KeyClaims))]
    [InlineData(nameof(LimitGroup.ThirdPartyIds))]
    [InlineData(nameof(LimitGroup.Federation))]
    public void README_names_the_defaults_of_each_group(string group)
    {
        var limit = LimitSettings.Default.Of(Enum.Parse<LimitGroup>(group));

        Assert.Equal(TimeSpan.FromMinutes(1), limit.Per);
        Assert.Equal(limit.IsOff ? "off" : string.Create(CultureInfo.InvariantCulture, $"{limit.Requests} in a minute"), Cell($"`{group}`"));
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"`{limit.Requests}`"), Cell($"`Limits:{group}:Requests`"), StringComparison.Ordinal);
        Assert.Equal("`\"00:01:00\"`", Cell($"`Limits:{group}:Per`"));
    }

    [Fact]
    public void README_names_the_defaults_of_what_is_under_way_at_once()
    {
        var concurrency = LimitSettings.Default.Concurrency;

        Assert.Equal($"`{concurrency.Requests}`", Cell("`Limits:Concurrency:Requests`"));
        Assert.Equal($"`{concurrency.Queue}`", Cell("`Limits:Concurrency:Queue`"));
        Assert.Equal($"`\"{concurrency.WaitFor:c}\"`", Cell("`Limits:Concurrency:WaitFor`"));
        Assert.Equal(concurrency.Requests / 2, concurrency.PerClient);
    }

    private static string Cell(string key) =>
        Row().Matches(Repository.Read("README.md")).Where(match => match.Groups[1].Value == key).Select(match => match.Groups[2].Value).Single();

    [GeneratedRegex(@"^\| (`[\w:]+`) \|[^|]*\| ([^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
