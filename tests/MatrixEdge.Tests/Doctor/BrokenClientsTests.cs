namespace MatrixEdge.Tests.Doctor;

/// <inheritdoc/>
public sealed class BrokenClientsTests : BrokenSetupTests
{
    public static TheoryData<string> Setups => Names(BrokenClients.All);

    [Theory]
    [MemberData(nameof(Setups))]
    public Task Names_the_cause_first(string setup) => NamesTheCauseFirstAsync(setup);
}
