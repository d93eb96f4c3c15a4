using MatrixEdge.Configuration;
using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Observability;

public sealed class LoggingTests
{
    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "MinimumLevel": "Debug" }""")]
    [InlineData("""{ "MinimumLevel": { "Default": "Warning", "Override": { "MatrixEdge.Access": "Information" } } }""")]
    public void Access_lines_go_straight_to_the_output_where_only_levels_are_configured(string serilog)
    {
        using var log = Create(serilog, isTerminal: false);

        Assert.IsType<AccessLines>(log.Access);
    }

    [Theory]
    [InlineData("""{ "Properties": { "Host": "one" } }""")]
    [InlineData("""{ "Enrich": ["FromLogContext"] }""")]
    [InlineData("""{ "MinimumLevel": "Debug", "LevelSwitches": { "$switch": "Warning" } }""")]
    [InlineData("""{ "WriteTo": [{ "Name": "Console" }] }""")]
    public void Access_lines_are_events_like_others_where_the_configuration_may_add_to_them_or_send_them_elsewhere(string serilog)
    {
        using var log = Create(serilog, isTerminal: false);

        Assert.Null(log.Access);
    }

    [Fact]
    public void A_terminal_gets_access_lines_in_colours_like_all_events()
    {
        using var log = Create("{}", isTerminal: true);

        Assert.Null(log.Access);
    }

    private static ProgramLog Create(string serilog, bool isTerminal)
    {
        var problems = new Problems();
        var log = Logging.Create(new ConfigurationDocument(null, ConfigurationDocument.Parse($$"""{ "Serilog": {{serilog}} }"""), false), isTerminal, problems);
        Assert.Empty(problems.Found);
        return log!;
    }
}
