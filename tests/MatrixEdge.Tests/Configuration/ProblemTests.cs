using MatrixEdge.Configuration;

namespace MatrixEdge.Tests.Configuration;

public class ProblemTests
{
    [Fact]
    public void Reads_as_one_line_with_key_value_and_remedy()
    {
        var problems = new Problems();
        Assert.False(problems.Any);

        problems.Add("MatrixEdge:Sites:0:ServerName", "\"https://example.org\"", "give the bare name, for example \"example.org\"");
        problems.Add("MatrixEdge:Sites:0:Homeserver:Address", null, "is required");
        problems.Note("something to know");

        Assert.True(problems.Any);
        Assert.Equal(
            [
                "MatrixEdge:Sites:0:ServerName is \"https://example.org\": give the bare name, for example \"example.org\"",
                "MatrixEdge:Sites:0:Homeserver:Address: is required",
            ],
            problems.Found.Select(problem => problem.ToString()));
        Assert.Equal(["something to know"], problems.Notes);
    }

    [Fact]
    public void A_note_alone_stops_nothing()
    {
        var problems = new Problems();

        problems.Note("something to know");

        Assert.False(problems.Any);
    }
}
