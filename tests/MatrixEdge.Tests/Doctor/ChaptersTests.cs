using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using MatrixEdge.Doctor;
using MatrixEdge.Observability;
using MatrixEdge.Observability.Status;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What findings send operators to: the chapters of README.</summary>
public sealed partial class ChaptersTests
{
    private static readonly string Readme = Repository.Read("README.md");

    /// <summary>In the order of the report; there is no chapter without a check, and none is there twice.</summary>
    [Fact]
    public void Each_check_has_a_chapter_under_its_anchor_and_its_title()
    {
        var chapters = Chapter().Matches(Readme).Select(chapter => (Anchor: chapter.Groups[1].Value, Title: chapter.Groups[2].Value));

        Assert.Equal(Checkup.All.Select(check => (check.Anchor, check.Title)), chapters);
    }

    [Fact]
    public void An_anchor_of_the_doctor_stands_over_a_chapter_and_nowhere_else() =>
        Assert.Equal(Chapter().Count(Readme), AnyAnchor().Count(Readme));

    /// <summary>A title and two words are no help.</summary>
    [Fact]
    public void Each_chapter_says_what_to_do()
    {
        var chapters = Chapter().Matches(Readme).Select(chapter => (Title: chapter.Groups[2].Value, Text: chapter.Groups[3].Value.Trim())).ToList();

        Assert.NotEmpty(chapters);
        Assert.All(chapters, chapter => Assert.InRange(chapter.Text.Split('\n').Length, 3, 30));
        Assert.Equal(chapters.Count, chapters.Select(chapter => chapter.Text).Distinct().Count());
    }

    /// <summary>The admin listener shows README, too, where the status page sends operators.</summary>
    [Fact]
    public void Each_anchor_is_on_the_page_that_the_gateway_makes_of_README()
    {
        var anchors = ReadmePage.Anchors(ReadmePage.Read());

        Assert.All(Checkup.All, check => Assert.Contains(check.Anchor, anchors));
    }

    [Fact]
    public void README_shows_every_member_of_what_the_doctor_prints_as_JSON_and_no_other()
    {
        var finding = new Finding("clock", "Clocks agree", FindingOutcome.Warn, "a", ["b"], "c", "d", "e");
        var seen = new SeenCertificate("example.com", IPAddress.Parse("2001:db8::1"), 443, "01", DateTimeOffset.UnixEpoch, null);
        var examination = JsonSerializer.SerializeToElement(new Examination("example.com", DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(3), ["f"], [seen], [finding]), AdminAnswer.Json);

        using var sample = JsonDocument.Parse(Sample().Match(Readme).Groups[1].Value);
        var shown = sample.RootElement.GetProperty("servers")[0];

        Assert.Equal(Members(examination), Members(shown));
        Assert.Equal(Members(examination.GetProperty("seen")[0]), Members(shown.GetProperty("seen")[0]));
        Assert.Equal(Members(examination.GetProperty("findings")[0]), Members(shown.GetProperty("findings")[0]));
        Assert.Equal("2001:db8::1", examination.GetProperty("seen")[0].GetProperty("address").GetString());
        Assert.Equal("warn", examination.GetProperty("verdict").GetString());
    }

    private static IEnumerable<string> Members(JsonElement element) => element.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^<a id=""(doctor-[^""]+)""></a>\n#### (.+)\n((?:(?!##|<a id=).*\n)+)", RegexOptions.Multiline)]
    private static partial Regex Chapter();

    [GeneratedRegex(@"<a id=""([^""]+)""></a>")]
    private static partial Regex AnyAnchor();

    // What doctor --json prints, shortened.
    [GeneratedRegex(@"^```json\n(\{""servers"".*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Sample();
}
