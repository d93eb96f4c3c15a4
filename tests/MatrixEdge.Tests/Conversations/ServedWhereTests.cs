using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Conversations;

/// <summary>README's table "What is served where" against <c>three-sites.txt</c>, which <see cref="ConversationTests"/> holds to the program.</summary>
public sealed partial class ServedWhereTests
{
    private const string BothTlsPorts = "443, 8448";

    private static readonly Conversation ThreeSites = Conversation.Read(Path.Combine(AppContext.BaseDirectory, "Conversations", "three-sites.txt"));

    [Fact]
    public void Each_row_has_its_conversation_and_each_conversation_its_row()
    {
        var rows = Rows().Select(row => row.Key).ToList();

        Assert.NotEmpty(rows);
        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Equal(rows.Order(StringComparer.Ordinal), ThreeSites.Exchanges.Select(exchange => exchange.Row ?? exchange.Title).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Each_row_is_held_on_the_ports_that_it_names_and_by_HTTP2_where_there_is_TLS()
    {
        Assert.All(Rows(), row => Assert.All(
            ThreeSites.Exchanges.Where(exchange => exchange.Row == row.Key),
            exchange => Assert.Equal(
                row.Ports switch
                {
                    "80" => [ListenerKind.Http],
                    BothTlsPorts => [ListenerKind.Https, ListenerKind.Federation],
                    _ => [ListenerKind.Admin],
                },
                exchange.Listeners)));
        Assert.All(Rows().Where(row => row.Ports == BothTlsPorts), row =>
            Assert.Contains(ThreeSites.Exchanges, exchange => exchange.Row == row.Key && exchange.CanBeSaidInHttp2));
    }

    // The first three columns are host, port and path; what is code or a link is text here.
    private static List<(string Key, string Ports)> Rows()
    {
        var lines = Repository.Read("README.md").Split('\n');
        var header = Array.FindIndex(lines, line => Regex.IsMatch(line, @"^\| *host *\| *port *\| *path *\|"));
        return
        [
            .. lines.Skip(header + 2).TakeWhile(line => line.StartsWith('|'))
                .Select(line => Links().Replace(line, "$1").Replace("`", "", StringComparison.Ordinal).Split('|', StringSplitOptions.TrimEntries))
                .Select(cells => ($"{cells[1]} {cells[3]}", cells[2])),
        ];
    }

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Links();
}
