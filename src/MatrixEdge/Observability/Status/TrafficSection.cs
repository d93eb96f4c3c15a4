using System.Collections.Immutable;
using MatrixEdge.Listening;

namespace MatrixEdge.Observability.Status;

/// <summary>The last hour on the page: a chart for each port, a line for each operation.</summary>
internal static class TrafficSection
{
    /// <summary>How many operations have a line of their own.</summary>
    public const int MostOperations = 12;

    // In the pictures' own measure.
    private const int Step = 6, Bar = 5, Width = RecentTraffic.Minutes * Step, Height = 64;
    private const double SparkStep = 7, SparkBar = 5.5, SparkWidth = RecentTraffic.Steps * SparkStep, SparkHeight = 20;

    private static readonly string[] Figures = ["Requests", "4xx", "5xx", "Median", "95 %"];

    public static Html Write(TrafficListing traffic, DateTimeOffset now)
    {
        var since = now - traffic.Since < TimeSpan.FromHours(1) ? $"; counted since the start {Words.Since(traffic.Since, now)}" : "";
        return Html.Of($"""
            <section id="traffic" aria-labelledby="traffic-h">
            <h2 id="traffic-h">The last hour</h2>
            <p class="legend">{Key("good")}answered {Key("client")}refused (4xx) {Key("server")}failed (5xx){since}</p>
            <div class="ports">
            {traffic.Ports.Select(Port)}
            </div>
            {Html.When(!traffic.Operations.IsEmpty, () => Operations(traffic.Operations))}
            </section>
            """);
    }

    private static Html Key(string name) => Html.Of($"<span class=\"key {name}\" aria-hidden=\"true\"></span>");

    private static Html Port(TrafficListing.OfPort port)
    {
        var use = Use(port.Listener);
        var name = port.Port is { } number ? $"Port {number}" : $"{use}, closed by now";
        var peak = port.Requests.Max();
        var failed = port.ServerErrors.Sum(count => (long)count);
        var refused = port.ClientErrors.Sum(count => (long)count);
        var label = $"Requests a minute at {name} during the last hour: {port.All} in all, at most {peak} in a minute; {refused} were refused (4xx), {failed} failed (5xx)";
        var columns = port.Requests.Select((count, index) => Column(index, count, port.ClientErrors[index], port.ServerErrors[index], peak));
        return Html.Of($"""
            <section class="card port" aria-labelledby="port-{port.Listener.ToString()}">
            <h3 id="port-{port.Listener.ToString()}">{name} <span class="fine">{use}</span></h3>
            <p class="big">{Words.Number(port.All)} <span class="fine">{(port.All == 1 ? "request" : "requests")}{(failed > 0 ? $", {Words.Number(failed)} failed" : "")}</span></p>
            <svg class="bars" viewBox="0 0 {Width} {Height}" preserveAspectRatio="none" width="100%" height="{Height}" role="img" aria-label="{label}">
            <line class="base" x1="0" x2="{Width}" y1="{Height - 0.5}" y2="{Height - 0.5}"/>
            {columns}
            </svg>
            <p class="axis"><span>1 hour ago</span><span>{(port.All == 0 ? "nothing came in" : $"peak {Words.Number(peak)} a minute")}</span><span>now</span></p>
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
        var others = operations.Skip(MostOperations).ToImmutableArray();
        var rest = $"And {Words.Count(others.Sum(other => other.Requests), "request")} in {Words.Count(others.Length, "more operation")}";
        return Html.Of($"""
            <div class="card wide">
            <table class="operations" role="table">
            <caption>Operations, the most frequent first</caption>
            <thead role="rowgroup"><tr role="row">
            <th scope="col" role="columnheader">Operation</th><th scope="col" role="columnheader" class="spark">Every 5 minutes</th>
            {Figures.Select(figure => Html.Of($"<th scope=\"col\" role=\"columnheader\" class=\"n\">{figure}</th>"))}
            </tr></thead>
            <tbody role="rowgroup">
            {operations.Take(MostOperations).Select(Line)}
            </tbody>
            </table>
            {Html.When(!others.IsEmpty, () => Html.Of($"<p class=\"fine\">{rest}; <a href=\"/status.json\">status.json</a> has all.</p>"))}
            </div>
            """);
    }

    private static Html Line(TrafficListing.OfOperation operation)
    {
        var space = operation.Operation.IndexOf(' ', StringComparison.Ordinal);
        var (method, path) = space < 0 ? ("", operation.Operation) : (operation.Operation[..space], operation.Operation[(space + 1)..]);
        string[] figures =
        [
            Words.Number(operation.Requests), Share(operation.ClientErrors, operation.Requests), Share(operation.ServerErrors, operation.Requests),
            Duration(operation.MedianMilliseconds), Duration(operation.P95Milliseconds),
        ];
        return Html.Of($"""
            <tr role="row"><th scope="row" role="rowheader"><code><span class="method">{method}</span> {path}</code></th>
            <td role="cell" class="spark">{Spark(operation.FiveMinutes)}</td>
            {figures.Select((text, index) => Cell(Figures[index], text, isBad: Figures[index] == "5xx" && operation.ServerErrors > 0))}</tr>
            """);
    }

    private static Html Spark(ImmutableArray<int> counts)
    {
        var peak = counts.Max();
        return Html.Of($"""
            <svg class="bars" viewBox="0 0 {SparkWidth} {SparkHeight}" width="{SparkWidth}" height="{SparkHeight}" role="img" aria-label="{string.Join(", ", counts)}">{counts.Select(Bar)}</svg>
            """);

        Html Bar(int count, int index)
        {
            var height = count == 0 ? 0 : Math.Max(1.5, SparkHeight * count / peak);
            return Html.When(count > 0, () => Html.Of($"<rect class=\"good\" x=\"{index * SparkStep}\" y=\"{SparkHeight - height}\" width=\"{SparkBar}\" height=\"{height}\"/>"));
        }
    }

    // Where the window is narrow, a row becomes two lines, with the head of each column at its cells: to those who hear the page, it stays a table.
    private static Html Cell(string head, string text, bool isBad) =>
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
