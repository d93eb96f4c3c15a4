using System.Collections.Immutable;

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
