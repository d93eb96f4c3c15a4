using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Observability;
using MatrixEdge.Observability.Status;

namespace MatrixEdge.Tests.Observability.Status;

public sealed class SiteVerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly MaintenanceListing.Entry NoMaintenance = new("example.com", false, null, null);
    private static readonly ListedCertificate Certificate = new("example.com", ["example.com"], "0A", Now.AddDays(-30), Now.AddDays(60), null, "authority", 1);

    [Fact]
    public void Nobody_who_has_not_looked_says_that_it_is_well()
    {
        var verdict = SiteVerdict.Of("example.com", null, Certificate, null, NoMaintenance);

        Assert.Equal(new(StatusVerdict.Unknown, "example.com has not been looked at from outside so far; from inside, nothing is amiss."), verdict);
    }

    [Theory]
    [InlineData(nameof(FindingOutcome.Ok), nameof(StatusVerdict.Ok), "example.com is well: clients and other servers reach it.")]
    [InlineData(nameof(FindingOutcome.Skip), nameof(StatusVerdict.Ok), "example.com is well: clients and other servers reach it.")]
    [InlineData(nameof(FindingOutcome.Warn), nameof(StatusVerdict.Warn), "example.com works, but: it is so.")]
    [InlineData(nameof(FindingOutcome.Fail), nameof(StatusVerdict.Fail), "example.com is not well: it is so.")]
    public void It_is_what_was_seen_from_outside(string outcome, string expected, string sentence) =>
        Assert.Equal(new(Enum.Parse<StatusVerdict>(expected), sentence), SiteVerdict.Of("example.com", Seen(Enum.Parse<FindingOutcome>(outcome)), Certificate, null, NoMaintenance));

    [Fact]
    public void What_is_known_now_comes_before_what_was_well_minutes_ago()
    {
        var verdict = SiteVerdict.Of("example.com", Seen(FindingOutcome.Ok), Certificate, "its homeserver at http://127.0.0.1:8008 does not answer: connection refused", NoMaintenance);

        Assert.Equal(new(StatusVerdict.Fail, "example.com is not well: its homeserver at http://127.0.0.1:8008 does not answer: connection refused."), verdict);
    }

    [Fact]
    public void Maintenance_explains_what_fails_meanwhile()
    {
        var verdict = SiteVerdict.Of("example.com", Seen(FindingOutcome.Fail), Certificate, "its homeserver is down", new("example.com", true, Now, "Soon"));

        Assert.Equal(new(StatusVerdict.Warn, "example.com is being maintained since 22 Nov 2026, 12:00 UTC: clients and servers get 503."), verdict);
    }

    [Fact]
    public void A_certificate_that_clients_refuse_is_worst()
    {
        var expired = SiteVerdict.Of("example.com", Seen(FindingOutcome.Ok), Certificate with { Trouble = "the certificate for example.com expired at 2026-11-01" }, "x", NoMaintenance);
        var none = SiteVerdict.Of("example.com", null, Certificate with { NotAfter = null, LastFailure = new(Now, FailureKind.Validation, "authority", "It said no.") }, null, NoMaintenance);
        var nothing = SiteVerdict.Of("example.com", null, null, null, NoMaintenance);

        Assert.Equal("example.com is not well: the certificate for example.com expired at 2026-11-01.", expired.Sentence);
        Assert.Equal("example.com is not well: it has no certificate yet; the last attempt to get one failed: It said no.", none.Sentence);
        Assert.Equal(new(StatusVerdict.Fail, "example.com is not well: it has no certificate yet."), nothing);
    }

    [Fact]
    public void A_renewal_that_fails_and_a_name_that_is_left_out_are_told_while_all_works()
    {
        var failing = SiteVerdict.Of("example.com", Seen(FindingOutcome.Ok), Certificate with { Failures = 3 }, null, NoMaintenance);
        var lacking = SiteVerdict.Of("example.com", Seen(FindingOutcome.Ok), Certificate with { LeftOut = [new("chat.example.com", "refused")] }, null, NoMaintenance);

        Assert.Equal(new(StatusVerdict.Warn, "example.com works, but the last 3 attempts to renew its certificate failed; it is valid until 21 Jan 2027, 12:00 UTC."), failing);
        Assert.Equal(new(StatusVerdict.Warn, "example.com works, but its certificate is not for chat.example.com."), lacking);
    }

    [Theory]
    [InlineData("", nameof(StatusVerdict.Unknown), "There is no site in the configuration, so nobody is served.")]
    [InlineData("F", nameof(StatusVerdict.Fail), "0.")]
    [InlineData("OO", nameof(StatusVerdict.Ok), "All 2 sites are well: clients and other servers reach them.")]
    [InlineData("OUO", nameof(StatusVerdict.Unknown), "Nothing is amiss; 1 of 3 sites has not been looked at from outside so far: b.")]
    [InlineData("UU", nameof(StatusVerdict.Unknown), "2 sites are served; nobody has looked at them from outside so far.")]
    [InlineData("OWU", nameof(StatusVerdict.Warn), "All 3 sites work, 1 of them needs a look: b.")]
    [InlineData("FWFO", nameof(StatusVerdict.Fail), "2 of 4 sites are not well: a, c.")]
    [InlineData("FFFO", nameof(StatusVerdict.Fail), "3 of 4 sites are not well.")]
    public void The_worst_site_decides_about_all(string sites, string expected, string sentence)
    {
        var all = sites.Select((letter, index) => (((char)('a' + index)).ToString(), new SiteVerdict(
            letter switch { 'O' => StatusVerdict.Ok, 'U' => StatusVerdict.Unknown, 'W' => StatusVerdict.Warn, _ => StatusVerdict.Fail }, $"{index}."))).ToArray();

        Assert.Equal(new(Enum.Parse<StatusVerdict>(expected), sentence), SiteVerdict.Of(all));
    }

    private static Examination Seen(FindingOutcome outcome) =>
        new("example.com", Now, TimeSpan.FromSeconds(1), [], [], [new("a", "A", FindingOutcome.Ok, "it is", [], null, null, null), new("b", "B", outcome, "it is so", [], null, null, null)]);
}
