using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// Requests to and connections with the programs behind the gateway, under the names that OpenTelemetry gives them (semantic
/// conventions, HTTP client) and .NET's own client uses, so that dashboards made for those work here. Connections that are taken over
/// (WebSockets) are not counted.
/// </summary>
internal sealed class BackendMetrics
{
    /// <summary>The meter of .NET's own client.</summary>
    public const string MeterName = "System.Net.Http";

    private const int FirstStatus = 100;

    private static readonly object[] Statuses = [.. Enumerable.Range(FirstStatus, 900).Select(status => (object)status)];

    // Others would let anybody make new series (semantic conventions: http.request.method).
    private static readonly FrozenSet<string> Methods = new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH" }.ToFrozenSet();

    private readonly ConcurrentDictionary<string, BackendPlace> places = new(StringComparer.Ordinal);
    private readonly Histogram<double> requests;
    private readonly Histogram<double> connections;

    public BackendMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        requests = meter.CreateHistogram("http.client.request.duration", "s", "How long programs behind the gateway took until the head of their answer",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });
        connections = meter.CreateHistogram("http.client.connection.duration", "s", "How long connections to programs behind the gateway lasted",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] });
        meter.CreateObservableUpDownCounter("http.client.active_requests", () => places.Values.Select(place => new Measurement<long>(place.Running, place.Tags)),
            "{request}", "Requests that programs behind the gateway have not answered to the end");
        meter.CreateObservableUpDownCounter("http.client.open_connections", () => places.Values.SelectMany(StatesOf),
            "{connection}", "Open connections to programs behind the gateway, in use and idle");

        static IEnumerable<Measurement<long>> StatesOf(BackendPlace place)
        {
            var running = place.Running;
            return
            [
                new(running, [.. place.Tags, new("http.connection.state", "active")]),
                new(Math.Max(place.Open - running, 0), [.. place.Tags, new("http.connection.state", "idle")]),
            ];
        }
    }

    public BackendPlace PlaceOf(Uri address) => places.GetOrAdd($"{address.IdnHost} {address.Port}", static (_, address) => new BackendPlace(address), address);

    /// <summary>Notes how a request was answered; allocates nothing.</summary>
    /// <param name="status">Null when it was not.</param>
    public void NoteAnswer(BackendPlace place, string method, int? status, TimeSpan took)
    {
        if (!requests.Enabled)
            return;

        var tags = new TagList
        {
            place.Tags[0],
            place.Tags[1],
            { "http.request.method", Methods.Contains(method) ? method : "_OTHER" },
        };
        if (status is { } code)
            tags.Add("http.response.status_code", Statuses[code - FirstStatus]);
        else
            tags.Add("error.type", "no_answer");
        requests.Record(took.TotalSeconds, tags);
    }

    /// <summary>Notes the end of a connection.</summary>
    public void NoteClosed(BackendPlace place, TimeSpan lasted) => connections.Record(lasted.TotalSeconds, place.Tags);
}
