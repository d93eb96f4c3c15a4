using System.Collections.Immutable;
using MatrixEdge.Listening;

namespace MatrixEdge.Observability.Status;

/// <summary>The last hour on the page: a chart for each port, a line for each operation.</summary>
internal static class TrafficSection
{
    /// <summary>How many operations have a line of their own.</summary>
    public const int MostOperations = 12;

    private const int Step = 6, Bar = 5, Height = 64;

    public static Html Write(TrafficListing traffic, DateTimeOffset now) => Html.Of($"""
        <section id="traffic" aria-labelledby="traffic-h">
        <h2 id="traffic-h">The last hour</h2>
        <p class="legend"><span class="key good" aria-hidden="true"></span>answered <span class="key client" aria-hidden="true"></span>refused (4xx) <span class="key server" aria-hidden="true"></span>failed (5xx){(now - traffic.Since < TimeSpan.FromHours(1) ? $"; counted since the start {Words.Since(traffic.Since, now)}" : "")}</p>
        <div class="ports">
        {traffic.Ports.Select(Port)}
        </div>
        {Operations(traffic.Operations)}
        </section>
        """);

    private static Html Port(TrafficListing.OfPort port)
    {
        var name = port switch
        {
            { Port: null } => $"{Use(port.Listener)}, closed by now",
            _ => $"Port {port.Port}",
        };
        var peak = Math.Max(1, port.Requests.Max());
        var failed = port.ServerErrors.Sum(count => (long)count);
        var refused = port.ClientErrors.Sum(count => (long)count);
        return Html.Of($"""
            <section class="card port" aria-labelledby="port-{port.Listener.ToString()}">
            <h3 id="port-{port.Listener.ToString()}">{name} <span class="fine">{Use(port.Listener)}</span></h3>
            <p class="big">{Words.Number(port.All)} <span class="fine">{(port.All == 1 ? "request" : "requests")}{(failed > 0 ? $", {Words.Number(failed)} failed" : "")}</span></p>
            <svg class="bars" viewBox="0 0 {RecentTraffic.Minutes * Step} {Height}" preserveAspectRatio="none" width="100%" height="{Height}" role="img" aria-label="Requests a minute at {name} during the last hour: {port.All} in all, at most {port.Requests.Max()} in a minute; {refused} were refused (4xx), {failed} failed (5xx)">
            <line class="base" x1="0" x2="{RecentTraffic.Minutes * Step}" y1="{Height - 0.5}" y2="{Height - 0.5}"/>
            {port.Requests.Select((count, index) => count == 0 ? Html.None : Column(index, count, port.ClientErrors[index], port.ServerErrors[index], peak))}
            </svg>
            <p class="axis"><span>1 hour ago</span><span>{(port.All == 0 ? "nothing came in" : $"peak {Words.Number(port.Requests.Max())} a minute")}</span><span>now</span></p>
            </section>
            """);
    }

    private static Html Column(int index, int count, int refused, int failed, int peak)
    {
        double Of(int part) => part == 0 ? 0 : Math.Max(2, (double)(Height - 4) * part / peak);
        var (bad, no, good) = (Of(failed), Of(refused), Of(count - refused - failed));
        Html Piece(string name, double height, double above) => height == 0 ? Html.None
            : Html.Of($"<rect class=\"{name}\" x=\"{index * Step}\" y=\"{Height - above - height}\" width=\"{Bar}\" height=\"{height}\"/>");
        return Html.Of($"{Piece("server", bad, 0)}{Piece("client", no, bad)}{Piece("good", good, bad + no)}");
    }

    private static Html Operations(ImmutableArray<TrafficListing.OfOperation> operations)
    {
        if (operations.IsEmpty)
            return Html.None;

        var others = operations.Skip(MostOperations).ToImmutableArray();
        return Html.Of($"""
            <div class="card wide">
            <table class="operations" role="table">
            <caption>Operations, the most frequent first</caption>
            <thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Operation</th><th scope="col" role="columnheader" class="spark">Every 5 minutes</th><th scope="col" role="columnheader" class="n">Requests</th><th scope="col" role="columnheader" class="n">4xx</th><th scope="col" role="columnheader" class="n">5xx</th><th scope="col" role="columnheader" class="n">Median</th><th scope="col" role="columnheader" class="n">95 %</th></tr></thead>
            <tbody role="rowgroup">
            {operations.Take(MostOperations).Select(Line)}
            </tbody>
            </table>
            {(others.IsEmpty ? Html.None : Html.Of($"<p class=\"fine\">And {Words.Count(others.Sum(other => other.Requests), "request")} in {Words.Count(others.Length, "more operation")}; <a href=\"/status.json\">status.json</a> has all.</p>"))}
            </div>
            """);
    }

    private static Html Line(TrafficListing.OfOperation operation)
    {
        var space = operation.Operation.IndexOf(' ', StringComparison.Ordinal);
        var (method, path) = space < 0 ? ("", operation.Operation) : (operation.Operation[..space], operation.Operation[(space + 1)..]);
        var peak = Math.Max(1, operation.FiveMinutes.Max());
        return Html.Of($"""
            <tr role="row"><th scope="row" role="rowheader"><code><span class="method">{method}</span> {path}</code></th>
            <td role="cell" class="spark"><svg class="bars" viewBox="0 0 84 20" width="84" height="20" role="img" aria-label="{string.Join(", ", operation.FiveMinutes)}">{operation.FiveMinutes.Select((count, index) => count == 0 ? Html.None : Html.Of($"<rect class=\"good\" x=\"{index * 7}\" y=\"{20 - Math.Max(1.5, 20.0 * count / peak)}\" width=\"5.5\" height=\"{Math.Max(1.5, 20.0 * count / peak)}\"/>"))}</svg></td>
            {Cell("Requests", Words.Number(operation.Requests))}{Cell("4xx", Share(operation.ClientErrors, operation.Requests))}{Cell("5xx", Share(operation.ServerErrors, operation.Requests), operation.ServerErrors > 0)}{Cell("Median", Duration(operation.MedianMilliseconds))}{Cell("95 %", Duration(operation.P95Milliseconds))}</tr>
            """);
    }

    // Where the window is narrow, a row becomes two lines, with the head of each column at its cells: to those who hear the page, it stays a table.
    private static Html Cell(string head, string text, bool isBad = false) =>
        Html.Of($"<td role=\"cell\" class=\"n{(isBad ? " bad" : "")}\" data-head=\"{head}\">{text}</td>");

    private static string Share(long part, long whole) => part == 0 ? "–" : Words.Share(part, whole);

    private static string Duration(double? milliseconds) => milliseconds is { } known ? Words.Duration(known) : "waits";

    private static string Use(ListenerKind listener) => listener switch
    {
        ListenerKind.Http => "HTTP, redirects and challenges",
        ListenerKind.Federation => "HTTPS, for other servers",
        _ => "HTTPS, for everybody",
    };
}
