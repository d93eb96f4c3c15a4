using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Doctor;

/// <summary>The healthy twins of all that is broken elsewhere.</summary>
public sealed class HealthyTests
{
    [Theory]
    [InlineData(nameof(Shape.Document443))]
    [InlineData(nameof(Shape.Document443), false)]
    [InlineData(nameof(Shape.Document8448))]
    [InlineData(nameof(Shape.Service))]
    [InlineData(nameof(Shape.Bare))]
    [InlineData(nameof(Shape.Port))]
    [InlineData(nameof(Shape.Address))]
    public async Task Has_nothing_to_say_against_a_healthy_server(string shape, bool hasV6 = true)
    {
        await using var world = new World(Enum.Parse<Shape>(shape), hasV6);

        var examination = await world.ExamineAsync();

        Assert.Empty(examination.Findings.Where(finding => finding.Outcome is FindingOutcome.Warn or FindingOutcome.Fail).Select(Told.Of));
        Assert.DoesNotContain(examination.Findings, finding => finding.Summary.Contains("report it", StringComparison.Ordinal));
        Assert.Null(examination.First);
    }
}
