using System.Text.RegularExpressions;
using System.Xml.Linq;
using MatrixEdge.Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Observability.Status;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Observability.Status;

/// <summary>What the page says; how it looks is seen in a browser, in the end-to-end tests.</summary>
public sealed partial class StatusPageTests
{
    [Fact]
    public void All_that_strangers_sent_is_text()
    {
        var page = StatusPage.Write(SampleReports.Hostile);

        Assert.Equal(1, Count(page, "<script"));
        Assert.DoesNotContain("<img", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg onload", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>Title", page, StringComparison.Ordinal);
        Assert.DoesNotContain("\u202E", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(&#39;origin&#39;)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/readme#x&quot; onclick=&quot;alert(4)\"", page, StringComparison.Ordinal);
        Assert.Contains("\uFFFDgnp.exe\na\uFFFDb</pre>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_fails_comes_first_and_is_open_with_cause_remedy_and_chapter()
    {
        var page = Text(StatusPage.Write(SampleReports.Troubled));

        Assert.InRange(page.IndexOf("The same certificate on both ports", StringComparison.Ordinal), 0, page.IndexOf("IPv6 leads here", StringComparison.Ordinal));
        Assert.InRange(page.IndexOf("IPv6 leads here", StringComparison.Ordinal), 0, page.IndexOf("4 checks are well, 1 skipped", StringComparison.Ordinal));
        Assert.Contains("Likely cause Another program listens at port 8448", page, StringComparison.Ordinal);
        Assert.Contains("What to do Find it with ss -ltnp", page, StringComparison.Ordinal);
        var html = StatusPage.Write(SampleReports.Troubled);
        Assert.Matches("""<details class="check fail" id="[^"]+" open>""", html);
        Assert.DoesNotMatch("""<details class="(group|evidence)"[^>]* open""", html);
        Assert.Contains("<a href=\"/readme#what-has-to-lead-here\">", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_is_told_with_its_life_and_where_another_was_met()
    {
        var html = StatusPage.Write(SampleReports.Troubled);

        Assert.Contains("aria-label=\"The certificate&#39;s life: issued 4 Oct 2026, renewal between 2 Dec 2026 and 4 Dec 2026, expires 2 Jan 2027; 41 days left\"", html.Replace("certificate's", "certificate&#39;s", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Matches("""<rect class="past" x="0" y="11" width="54.44%" """, html); // 49 of 90 days
        var text = Text(html);
        Assert.Contains("8448 203.0.113.20 another one, 04C2D1, until 13 Nov 2026", text, StringComparison.Ordinal);
        Assert.Contains("8448 2001:db8::20 connection refused", text, StringComparison.Ordinal);
        Assert.Contains("443 2001:db8::20 the one above", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_is_over_fills_the_bar_and_one_that_is_none_has_no_bar()
    {
        var over = SampleReports.Site("example.com", []);
        over = over with { Certificate = over.Certificate! with { NotAfter = SampleReports.Now.AddDays(-3), Window = null, NextRenewal = null } };
        var none = over with { Certificate = over.Certificate! with { NotBefore = null, NotAfter = null, Serial = null, Trouble = "there is none yet; one is being ordered" } };

        Assert.Contains("renewed by something else, expires 19 Nov 2026; expired 3 days ago", StatusPage.Write(SampleReports.Of([over])), StringComparison.Ordinal);
        Assert.Contains("There is none yet; one is being ordered.", Text(StatusPage.Write(SampleReports.Of([none]))), StringComparison.Ordinal);
        Assert.Contains("There is no certificate.", Text(StatusPage.Write(SampleReports.Of([none with { Certificate = null }]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Before_anything_has_happened_it_says_just_that()
    {
        var page = Text(StatusPage.Write(SampleReports.Fresh));

        Assert.Contains("example.com has not been looked at from outside so far; from inside, nothing is amiss.", page, StringComparison.Ordinal);
        Assert.Contains("matrixedge doctor example.com", page, StringComparison.Ordinal);
        Assert.Contains("nothing came in", page, StringComparison.Ordinal);
        Assert.Contains("counted since the start 40 seconds ago", page, StringComparison.Ordinal);
        Assert.Contains("No server has come to example.com", page, StringComparison.Ordinal);
        Assert.Contains("No certificate was ordered since the start", page, StringComparison.Ordinal);
        Assert.Contains("not needed so far", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_of_several_sites_has_its_sentence_the_worst_first()
    {
        var report = SampleReports.Five;

        var page = Text(StatusPage.Write(report));

        Assert.Contains("1 of 5 sites is not well: a-server-with-a-name", page, StringComparison.Ordinal);
        Assert.All(report.Sites, site => Assert.Contains(site.Sentence, page, StringComparison.Ordinal));
        Assert.InRange(page.IndexOf(report.Sites[1].Sentence, StringComparison.Ordinal), 0, page.IndexOf(report.Sites[0].Sentence, StringComparison.Ordinal));
        Assert.Contains("Clients and servers are told: “Back at noon, with a new database”. To end it: matrixedge maintenance off maintained.example", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Servers_that_were_not_served_are_told_with_the_cause_and_whether_it_is_over()
    {
        var page = Text(StatusPage.Write(SampleReports.Troubled));

        Assert.Contains("old.example.org The homeserver could get no key of old.example.org that fits", page, StringComparison.Ordinal);
        Assert.Contains("Last 4 minutes ago. 212", page, StringComparison.Ordinal);
        Assert.Contains("somebody.example (by the name that it gives) The homeserver limits how much one server may ask: see rc_federation in Synapse. Last 2 hours ago; it was served since. 3", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_move_of_federation_is_told_with_its_advice()
    {
        var site = SampleReports.Well.Sites[0];
        var moving = site with { Federation = site.Federation with { Migration = new("old.example.com", 8448, "matrix.example.com:443", 3, 40, SampleReports.Now, ["slow.example"], "3 servers come by the former way still") } };

        Assert.Contains("Federation moves from old.example.com:8448 to matrix.example.com:443. 3 servers come by the former way still.", Text(StatusPage.Write(SampleReports.Of([moving]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Charts_are_as_high_as_what_came_in_and_have_names()
    {
        int[] minutes = [.. new int[58], 50, 100];
        var traffic = new TrafficListing(SampleReports.Now.AddDays(-1), [new(ListenerKind.Https, 443, [.. minutes], [.. new int[60]], [.. new int[59], 100])], []);

        var html = StatusPage.Write(SampleReports.Well with { Traffic = traffic });

        Assert.Contains("aria-label=\"Requests a minute at Port 443 during the last hour: 150 in all, at most 100 in a minute; 0 were refused (4xx), 100 failed (5xx)\"", html, StringComparison.Ordinal);
        Assert.Contains("<rect class=\"good\" x=\"348\" y=\"34\" width=\"5\" height=\"30\"/><rect class=\"server\" x=\"354\" y=\"4\" width=\"5\" height=\"60\"/>", html, StringComparison.Ordinal);
        Assert.All(Picture().Matches(html), picture => Assert.Matches("aria-hidden=\"true\"|role=\"img\" aria-label=\"[^\"]+\"", picture.Value));
    }

    [Fact]
    public void The_diary_tells_each_kind_of_event()
    {
        var page = Text(StatusPage.Write(SampleReports.Well));

        Assert.Contains("Near its end: the certificate for example.com, which expires 2 Jan 2027, 17:47 UTC. A quarter of its life is left.", page, StringComparison.Ordinal);
        Assert.Contains("(likely firewall problem). The next one: 19 Nov 2026, 17:52 UTC.", page, StringComparison.Ordinal);
        Assert.Contains("New certificate for all sites from acme-v02.api.letsencrypt.org within 12 seconds, valid until 2 Jan 2027", page, StringComparison.Ordinal);
    }

    public static TheoryData<string> Reports => ["None", "Fresh", "Well", "Troubled", "Five", "Hostile"];

    [Theory]
    [MemberData(nameof(Reports))]
    public void Every_element_is_closed_where_it_should_be(string name)
    {
        var report = (StatusReport)typeof(SampleReports).GetProperty(name)!.GetValue(null)!;

        IsWellFormed(StatusPage.Write(report));
    }

    [Fact]
    public void README_on_the_page_is_well_formed_and_holds_all_of_it()
    {
        IsWellFormed(ReadmePage.Text);

        var words = Text(ReadmePage.Render("# A <b>\n\nSome `<code>` and **bold\nwords**, [a link](#b-c) and [a file](FILE.md).\n\n- one\n  more\n- two\n\n1. first\n\n| k | v |\n|---|---|\n| `a` | b \\| c |\n\n```sh\n# no heading\n```\n\n## B, c!\n### B, c!\n![picture](x.png)\n").ToString());
        Assert.Equal("A <b> Some <code> and bold words, a link and a file. one more two first k v a b | c # no heading B, c! B, c!", words);
        Assert.Equal(["a-b", "b-c", "b-c-1", "own-place"], ReadmePage.Anchors("# A <b>\n```\n# no heading\n```\n## B, c!\n### B, c!\n\n<a id=\"own-place\"></a>Here").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_link_inside_README_leads_to_a_chapter()
    {
        var anchors = ReadmePage.Anchors(ReadmePage.Read());

        Assert.All(Inner().Matches(ReadmePage.Read()), link => Assert.Contains(link.Groups[1].Value, anchors));
        Assert.Contains("the-status-page", anchors);
    }

    [Fact]
    public void The_diary_keeps_the_latest_fifty()
    {
        var events = new CertificateEvents();
        var time = new ManualTime(SampleReports.Now);
        using var diary = new CertificateDiary(events, time);

        for (var attempt = 0; attempt < 60; attempt++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            events.Failed("example.com", null, "authority", $"attempt {attempt}", time.GetUtcNow());
        }

        Assert.Equal(CertificateDiary.Most, diary.Entries.Length);
        Assert.Equal(("attempt 59", SampleReports.Now.AddHours(1)), (diary.Entries[0].Reason, diary.Entries[0].At));
        Assert.Equal("attempt 10", diary.Entries[^1].Reason);
    }

    // The page is written so that it is XML, too, but for what HTML does not close: then a reader of XML finds what is not closed.
    private static void IsWellFormed(string page)
    {
        var body = page[page.IndexOf("<body>", StringComparison.Ordinal)..(page.IndexOf("</body>", StringComparison.Ordinal) + "</body>".Length)];
        body = Scripts().Replace(body, "").Replace(" data-own>", " data-own=\"\">", StringComparison.Ordinal).Replace(" hidden>", " hidden=\"\">", StringComparison.Ordinal).Replace(" open>", " open=\"\">", StringComparison.Ordinal);
        var ids = XDocument.Parse(body, LoadOptions.SetLineInfo).Descendants().Attributes("id").Select(id => id.Value).ToArray();
        Assert.Equal(ids.Distinct(), ids);
    }

    private static string Text(string html) =>
        Spaces().Replace(System.Net.WebUtility.HtmlDecode(Tags().Replace(Scripts().Replace(html, ""), match => match.Value is "</span>" or "</strong>" or "</code>" or "</time>" or "</a>" or "</b>" || match.Value.StartsWith("<code", StringComparison.Ordinal) || match.Value.StartsWith("<strong", StringComparison.Ordinal) || match.Value.StartsWith("<time", StringComparison.Ordinal) || match.Value.StartsWith("<a ", StringComparison.Ordinal) ? "" : " ")), " ").Trim();

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    [GeneratedRegex("<(script|style)>.*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Scripts();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("<svg[^>]*>")]
    private static partial Regex Picture();

    [GeneratedRegex(@"\]\(#([^)]+)\)")]
    private static partial Regex Inner();
}
