using System.Collections.Immutable;
using MatrixEdge.Acme;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Tests.Certificates;

/// <summary>What the loop does over days and weeks, with an authority in simulated time.</summary>
public sealed class AcmeSourceTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTime time = new(Begin);
    private readonly MemoryStore store = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Names_that_the_authority_adds_of_itself_are_no_reason_to_order_again()
    {
        var authority = new SimulatedIssuer("authority.example", TimeSpan.FromDays(90), time) { Adds = ["www.example.com"] };
        var source = Start([authority]);

        await RunAsync(source, TimeSpan.FromDays(7));

        Assert.Equal(1, authority.Issued);
    }

    [Fact]
    public async Task What_an_order_does_not_change_is_not_ordered_in_a_loop()
    {
        // A life of five days, which no weekly limit counts, and a kind of key that never comes.
        var authority = new SimulatedIssuer("authority.example", TimeSpan.FromDays(5), time);
        var source = Start([authority], CertificateKeyAlgorithm.RS256);

        await RunAsync(source, TimeSpan.FromDays(1));

        Assert.InRange(authority.Issued, 1, 8);
    }

    [Fact]
    public async Task A_revoked_certificate_is_replaced_although_the_first_attempt_is_refused()
    {
        var authority = new SimulatedIssuer("authority.example", TimeSpan.FromDays(90), time);
        var source = Start([authority]);
        await RunAsync(source, TimeSpan.FromHours(1));
        authority.Refuses = new IssuanceException(FailureKind.NeedsOperator, "caa: forbidden");

        var revocation = source.RevokeAsync(RevocationReason.KeyCompromise, Stop);
        await source.LookAsync(Stop);
        Assert.False((await revocation).Succeeded);
        authority.Refuses = null;
        await RunAsync(source, TimeSpan.FromHours(8));

        Assert.Equal(2, authority.Issued);
        Assert.Contains(store.Names, name => name.Contains("000001.pem.aside-compromised", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_test_system_issued_does_not_count_for_the_real_one()
    {
        var staging = new SimulatedIssuer("staging.example", TimeSpan.FromDays(90), time);
        var source = Start([staging]);
        await source.LookAsync(Stop);
        for (var i = 0; i < 3; i++)
        {
            var renewal = source.RenewAsync("trying", Stop);
            await source.LookAsync(Stop);
            Assert.True((await renewal).Succeeded);
        }

        var real = new SimulatedIssuer("authority.example", TimeSpan.FromDays(90), time);
        var second = Start([real]);
        await second.LookAsync(Stop);

        Assert.Equal(1, real.Issued);
        Assert.Equal("authority.example", second.Status.Issuer);
    }

    [Fact]
    public async Task An_operator_who_asks_too_often_is_told_when_the_limit_allows_another()
    {
        var authority = new SimulatedIssuer("authority.example", TimeSpan.FromDays(90), time) { Window = _ => null };
        var source = Start([authority]);
        await source.LookAsync(Stop);
        RenewalOutcome? last = null;
        for (var i = 0; i < 5; i++)
        {
            var renewal = source.RenewAsync("trying", Stop);
            await source.LookAsync(Stop);
            last = await renewal;
        }

        Assert.Equal(4, authority.Issued);
        Assert.False(last!.Succeeded);
        Assert.Contains("is ordered before 2026-11-28", last.Message, StringComparison.Ordinal);
        Assert.Empty(authority.Exceeded);
    }

    [Fact]
    public async Task Failures_of_days_that_have_not_come_yet_are_forgotten_when_the_clock_is_set_right()
    {
        var ahead = new ManualTime(Begin + TimeSpan.FromDays(10));
        var authority = new SimulatedIssuer("authority.example", TimeSpan.FromDays(90), time);
        authority.Unprovable.Add("example.com");
        var wrong = Start([authority], clock: ahead);
        for (var i = 0; i < 8; i++)
        {
            await wrong.LookAsync(Stop);
            ahead.Advance(TimeSpan.FromMinutes(10));
        }

        authority.Unprovable.Clear();
        var right = Start([authority]);
        await right.LookAsync(Stop);

        Assert.Equal(1, authority.Issued);
    }

    [Fact]
    public async Task A_time_that_no_authority_means_does_not_close_it_past_the_certificates_end()
    {
        var authority = new SimulatedIssuer("authority.example", TimeSpan.FromDays(90), time)
        {
            Refuses = new IssuanceException(FailureKind.RateLimited, "503") { RetryAfter = TimeSpan.FromDays(300) },
        };
        var source = Start([authority]);
        await source.LookAsync(Stop);
        authority.Refuses = null;

        await RunAsync(source, TimeSpan.FromDays(2.1));

        Assert.Equal(1, authority.Issued);
    }

    private AcmeSource Start(ImmutableArray<IIssuer> authorities, CertificateKeyAlgorithm algorithm = CertificateKeyAlgorithm.ES256, ManualTime? clock = null) => new(
        "example.com", ["example.com", "matrix.example.com"], new AcmeSettings([ChallengeType.Http01], algorithm, [], null), authorities, null, store, clock ?? time,
        new Random(1), new CertificateEvents(), NullLoggerFactory.Instance);

    private async Task RunAsync(AcmeSource source, TimeSpan span)
    {
        var end = time.GetUtcNow() + span;
        while (time.GetUtcNow() < end)
        {
            var step = await source.LookAsync(Stop) - time.GetUtcNow();
            time.Advance(step > TimeSpan.FromSeconds(1) ? (step < TimeSpan.FromHours(1) ? step : TimeSpan.FromHours(1)) : TimeSpan.FromSeconds(1));
        }
    }
}
