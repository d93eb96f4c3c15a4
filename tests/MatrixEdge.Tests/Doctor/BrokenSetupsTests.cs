using MatrixEdge.Doctor;

namespace MatrixEdge.Tests.Doctor;

/// <summary>The collection as a whole.</summary>
public sealed class BrokenSetupsTests : BrokenSetupTests
{
    // Of the gateway's own sites alone: OwnSiteTests. A wrong certificate for those who name no host harms nobody by itself, and
    // versions of TLS that are too old are refused by this system before they can be told.
    private static readonly string[] Others = ["path-fidelity", "header-fidelity", "long-poll", "outside-view", "certificate-default", "tls-version"];

    [Fact]
    public void There_is_one_for_each_check() =>
        Assert.Equal(Checkup.All.Select(check => check.Id).Except(Others).Order(), NamedFirst.Order());
}
