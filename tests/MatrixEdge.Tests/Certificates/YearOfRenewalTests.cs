using System.Collections.Immutable;
using System.Globalization;
using MatrixEdge.Acme;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Tests.Certificates;

/// <summary>
/// A year of simulated time with everything that a year brings: at every moment a valid certificate is served, unless nobody
/// could have got one; and no authority is asked for more than it allows.
/// </summary>
public sealed class YearOfRenewalTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);
    private static readonly ImmutableArray<string> Names = ["example.com", "matrix.example.com"];

    public static TheoryData<int, int> Years()
    {
        var years = new TheoryData<int, int>();
        foreach (var hours in new[] { 160, 45 * 24, 90 * 24 })
        {
            for (var seed = 1; seed <= 8; seed++)
                years.Add(hours, seed);
        }

        return years;
    }

    [Theory]
    [MemberData(nameof(Years))]
    public async Task A_valid_certificate_is_served_all_year_and_no_limit_is_exceeded(int hours, int seed)
    {
        var lifetime = TimeSpan.FromHours(hours);
        var random = new Random((hours * 1000) + seed);
        var time = new ManualTime(Begin);
        var authority = new SimulatedIssuer("authority.example", lifetime, time);
        var store = new MemoryStore();
        var weather = Weather.Of(random, lifetime, Year);
        var source = Start(authority, store, time, random);
        var story = new List<string>();
        var restarts = 0;

        var served = await source.LoadAsync(TestContext.Current.CancellationToken);
        while (time.GetUtcNow() < Begin + Year)
        {
            weather.Apply(time.GetUtcNow() - Begin, authority, store);
            if (random.Next(20) == 0)
            {
                restarts++;
                source.Dispose();
                source = Start(authority, store, time, random);
                served = await source.LoadAsync(TestContext.Current.CancellationToken);
            }

            // Whatever the turn mends, clients saw what was served until now.
            var now = time.GetUtcNow();
            var lapsed = served is not null && served.NotAfter <= now ? served : null;
            var next = await source.LookAsync(TestContext.Current.CancellationToken);
            served = await source.LoadAsync(TestContext.Current.CancellationToken);
            if (lapsed is not null)
                story.Add($"{now:u}: expired {lapsed.NotAfter:u}; {source.Status.Next.Reason}, due {source.Status.Next.Due:u}; {source.Status.State.LastFailure?.Message}");
            if (story.Count > 0 && !weather.Excuses(now - Begin))
                Assert.Fail($"Seed {seed}, {hours} h:\n{string.Join('\n', story.TakeLast(3))}\n{weather}");
            story.Clear();

            // As the loop does: never longer than ten minutes in truth; here until something can change.
            var step = next - now;
            var change = weather.NextChange(now - Begin) - (now - Begin);
            time.Advance(Shorter(Shorter(step > TimeSpan.FromSeconds(1) ? step : TimeSpan.FromSeconds(1), change), TimeSpan.FromHours(12)));
        }

        Assert.Empty(authority.Exceeded);
        Assert.NotNull(served);
        var usual = Year / (lifetime / (hours == 160 ? 2 : 1.5));
        Assert.InRange(authority.Issued, usual * 0.7, (usual * 2) + 12);
        Assert.True(restarts > 10, string.Create(CultureInfo.InvariantCulture, $"{restarts} restarts"));
        source.Dispose();
    }

    private static AcmeSource Start(IIssuer authority, MemoryStore store, TimeProvider time, Random random) => new(
        "example.com", Names, new AcmeSettings([ChallengeType.Http01], CertificateKeyAlgorithm.ES256, [], null), [authority], null, store, time, random,
        new CertificateEvents(), NullLoggerFactory.Instance);

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>What goes wrong, and when: nothing here depends on what the gateway does.</summary>
    private sealed class Weather
    {
        private readonly List<Spell> spells = [];
        private TimeSpan lifetime;

        public static Weather Of(Random random, TimeSpan lifetime, TimeSpan year)
        {
            var weather = new Weather { lifetime = lifetime };
            var at = TimeSpan.Zero;
            while (true)
            {
                at += lifetime * (0.1 + random.NextDouble());
                if (at > year)
                    return weather;

                // Mostly hours, at times up to three tenths of a life, rarely longer than anybody can live with.
                var length = random.Next(10) switch
                {
                    < 6 => TimeSpan.FromHours(random.NextDouble() * 12),
                    < 9 => lifetime * (0.3 * random.NextDouble()),
                    _ => lifetime * (0.4 + random.NextDouble()),
                };
                var kind = (Trouble)random.Next(Enum.GetValues<Trouble>().Length);
                if (kind is Trouble.WindowLate && length > lifetime / 100)
                    length = lifetime / 100;
                weather.spells.Add(new Spell(at, at + length, kind));
                at += length;
            }
        }

        public void Apply(TimeSpan now, SimulatedIssuer authority, MemoryStore store)
        {
            var current = spells.Where(spell => spell.From <= now && now < spell.Until).Select(spell => spell.Kind).ToHashSet();
            authority.IsDown = current.Contains(Trouble.Down);
            store.IsFull = current.Contains(Trouble.StoreFull);
            authority.Unprovable.Clear();
            if (current.Contains(Trouble.NotProvable))
                authority.Unprovable.UnionWith(Names);
            authority.Window = current switch
            {
                _ when current.Contains(Trouble.WindowPast) => _ => new AcmeRenewalInfo(
                    Begin + now - TimeSpan.FromHours(1), Begin + now - TimeSpan.FromMinutes(30), new Uri("https://authority.example/incident"), TimeSpan.FromHours(6)),
                _ when current.Contains(Trouble.WindowGarbage) => _ => throw new AcmeException(AcmeFailure.NotUnderstood, new Uri("https://authority.example/"), "garbage"),
                _ when current.Contains(Trouble.WindowNone) => _ => null,
                _ when current.Contains(Trouble.WindowLate) => certificate =>
                {
                    var end = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
                    return new AcmeRenewalInfo(end + TimeSpan.FromDays(10), end + TimeSpan.FromDays(11), null, TimeSpan.FromHours(6));
                }
                ,
                _ => null,
            };
        }

        /// <summary>Whether the last life was spent, for more than a third of it, where no certificate was to be had.</summary>
        public bool Excuses(TimeSpan now) => spells
            .Where(spell => spell.Kind is Trouble.Down or Trouble.NotProvable or Trouble.StoreFull && spell.From < now && spell.Until > now - (lifetime / 3))
            .Any(spell => spell.Until - spell.From > lifetime / 3);

        public TimeSpan NextChange(TimeSpan now) =>
            spells.SelectMany(spell => new[] { spell.From, spell.Until }).Where(moment => moment > now).DefaultIfEmpty(now + TimeSpan.FromDays(1)).Min();

        public override string ToString() => string.Join('\n', spells.Select(spell => $"{Begin + spell.From:u} to {Begin + spell.Until:u}: {spell.Kind}"));
    }

    private sealed record Spell(TimeSpan From, TimeSpan Until, Trouble Kind);

    private enum Trouble
    {
        Down,
        NotProvable,
        StoreFull,
        WindowPast,
        WindowGarbage,
        WindowNone,
        WindowLate,
    }
}
