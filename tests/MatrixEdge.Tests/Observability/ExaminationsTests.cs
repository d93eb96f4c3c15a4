using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Observability;

public sealed class ExaminationsTests
{
    private readonly Examinations examinations = new();

    [Fact]
    public void Nothing_is_known_before_the_first_look()
    {
        Assert.Null(examinations.Find("example.com"));
        Assert.Empty(examinations.Changes);
    }

    [Theory]
    [InlineData(null, "Ok", false)]
    [InlineData(null, "Skip", false)]
    [InlineData(null, "Warn", true)]
    [InlineData(null, "Fail", true)]
    [InlineData("Ok", "Ok", false)]
    [InlineData("Ok", "Skip", false)]
    [InlineData("Skip", "Ok", false)]
    [InlineData("Ok", "Warn", true)]
    [InlineData("Warn", "Fail", true)]
    [InlineData("Fail", "Fail", false)]
    [InlineData("Fail", "Warn", true)]
    [InlineData("Fail", "Ok", true)]
    [InlineData("Fail", "Skip", true)]
    public void What_turns_bad_or_is_bad_no_longer_is_a_change(string? before, string now, bool isChange)
    {
        if (before is not null)
            examinations.Note(Examination("example.com", ("keys", Enum.Parse<FindingOutcome>(before))));

        var changes = examinations.Note(Examination("EXAMPLE.com", ("keys", Enum.Parse<FindingOutcome>(now))));

        Assert.Equal(isChange ? [(before, now)] : Array.Empty<(string?, string)>(), changes.Select(change => (change.Before?.ToString(), change.Now.Outcome.ToString())));
    }

    [Fact]
    public void The_latest_changes_are_remembered_and_no_more_than_there_is_room_for()
    {
        var raised = 0;
        examinations.Changed += _ => raised++;

        for (var i = 0; i < Examinations.MostChanges + 1; i++)
            examinations.Note(Examination($"server-{i}.example", ("keys", FindingOutcome.Fail)));

        Assert.Equal((Examinations.MostChanges + 1, Examinations.MostChanges), (raised, examinations.Changes.Length));
        Assert.Equal($"server-{Examinations.MostChanges}.example", examinations.Changes[0].ServerName);
    }

    [Fact]
    public void A_site_that_is_gone_is_forgotten_and_its_changes_are_not()
    {
        examinations.Note(Examination("one.example", ("keys", FindingOutcome.Fail)));
        examinations.Note(Examination("two.example", ("keys", FindingOutcome.Ok)));

        examinations.Keep(["Two.example"]);

        Assert.Null(examinations.Find("one.example"));
        Assert.NotNull(examinations.Find("two.example"));
        Assert.Equal("one.example", Assert.Single(examinations.Changes).ServerName);
    }

    [Fact]
    public void The_first_failure_gives_the_verdict_and_a_warning_only_when_nothing_fails()
    {
        Assert.Equal("example.com is not well: b is so.", Examination("example.com", ("a", FindingOutcome.Warn), ("b", FindingOutcome.Fail), ("c", FindingOutcome.Fail)).Sentence);
        Assert.Equal("example.com works, but: a is so.", Examination("example.com", ("s", FindingOutcome.Skip), ("a", FindingOutcome.Warn)).Sentence);
        Assert.Equal("example.com is well: clients and other servers reach it.", Examination("example.com", ("s", FindingOutcome.Skip), ("a", FindingOutcome.Ok)).Sentence);
    }

    internal static Examination Examination(string serverName, params IEnumerable<(string Id, FindingOutcome Outcome)> findings) => new(
        serverName, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), [], [],
        [.. findings.Select(finding => new Finding(finding.Id, finding.Id, finding.Outcome, $"{finding.Id} is so", [], "it may be", "do this", $"doctor-{finding.Id}"))]);
}
