using System.Collections.Immutable;
using MatrixEdge.Doctor;

namespace MatrixEdge.Tests.Doctor;

/// <summary>Each set-up is broken in one place, and that place must be named before all that follows from it.</summary>
public abstract class BrokenSetupTests
{
    private static readonly ImmutableDictionary<string, BrokenSetup> All = new[] { BrokenNames.All, BrokenDocuments.All, BrokenCertificates.All, BrokenHomeservers.All, BrokenClients.All, SilentPlaces.All }
        .SelectMany(setups => setups).ToImmutableDictionary(setup => setup.Name);

    private protected static TheoryData<string> Names(IEnumerable<BrokenSetup> setups) => [.. setups.Select(setup => setup.Name)];

    private protected static IEnumerable<string> NamedFirst => All.Values.Select(setup => setup.First).Distinct();

    private protected static async Task NamesTheCauseFirstAsync(string name)
    {
        var setup = All[name];
        await using var world = new World(setup.Shape, setup.HasV6);
        setup.Break(world);

        var examination = await world.ExamineAsync();

        var first = examination.First;
        var told = Told.Of(examination);
        Assert.True(first is not null && first.Id == setup.First && first.Outcome == setup.Outcome, $"Expected {setup.Outcome} {setup.First} first, got {(first is null ? "nothing" : Told.Of(first))}\n{told}");
        Assert.True($"{first!.Summary} {first.Cause} {first.Remedy}".Contains(setup.Word, StringComparison.Ordinal), $"\"{setup.Word}\" is neither in the summary nor in cause or remedy:\n{told}");
        Assert.All([first.Summary, first.Cause, first.Remedy, first.Anchor], Assert.NotNull);
        Assert.DoesNotContain(examination.Findings, finding => finding.Summary.Contains("report it", StringComparison.Ordinal));
        setup.More?.Invoke(examination);
    }
}

public sealed class BrokenNamesTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenNames.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}

public sealed class BrokenDocumentsTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenDocuments.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}

public sealed class BrokenCertificatesTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenCertificates.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}

public sealed class BrokenHomeserversTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenHomeservers.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}

public sealed class BrokenClientsTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenClients.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}

public sealed class SilentPlacesTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(SilentPlaces.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}

public sealed class BrokenSetupsTests : BrokenSetupTests
{
    // Of the gateway's own sites alone: OwnSiteTests. A wrong certificate for those who name no host harms nobody by itself, and
    // versions of TLS that are too old are refused by this system before they can be told.
    private static readonly string[] Others = ["path-fidelity", "header-fidelity", "long-poll", "outside-view", "certificate-default", "tls-version"];

    [Fact]
    public void There_is_one_for_each_check() =>
        Assert.Equal(Checkup.All.Select(check => check.Id).Except(Others).Order(), NamedFirst.Order());
}
