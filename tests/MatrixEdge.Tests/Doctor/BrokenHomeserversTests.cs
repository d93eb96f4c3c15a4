namespace MatrixEdge.Tests.Doctor;

/// <inheritdoc/>
public sealed class BrokenHomeserversTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenHomeservers.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}
