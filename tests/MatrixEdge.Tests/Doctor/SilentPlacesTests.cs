namespace MatrixEdge.Tests.Doctor;

/// <inheritdoc/>
public sealed class SilentPlacesTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(SilentPlaces.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}
