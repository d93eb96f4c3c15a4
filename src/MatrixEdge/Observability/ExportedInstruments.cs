using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using MatrixEdge.Proxying.Http1;

namespace MatrixEdge.Observability;

/// <summary>
/// Which instruments are told: all of the gateway's own, and of the platform's those in a list here, each with the tags that have
/// few values whatever is sent. What a later version of the platform adds is not told before somebody has looked at its tags.
/// </summary>
/// <param name="own">The gateway's own meter.</param>
/// <param name="factory">Who makes the platform's meters for this gateway; others in the same process are not its.</param>
internal sealed class ExportedInstruments(Meter own, IMeterFactory factory)
{
    private const string Runtime = "System.Runtime";

    // Of the operations there are some hundreds, each by listener, class of status and site.
    private const int MostOwn = 5000;

    private const int MostOfPlatform = 500;

    // Each instrument is looked up once, when it is made.
    private static readonly Dictionary<(string Meter, string Name), ExportedInstrument> Platform = new()
    {
        // The address is that of the interface, of which a host may have a whole network.
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.active_connections")] = Of("server.port", "network.type"),
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.connection.duration")] = Of("server.port", "network.type", "network.protocol.version", "tls.protocol.version", "error.type"),
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.rejected_connections")] = Of("server.port", "network.type"),
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.queued_connections")] = Of("server.port", "network.type"),
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.upgraded_connections")] = Of("server.port", "network.type"),
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.active_tls_handshakes")] = Of("server.port", "network.type"),
        [("Microsoft.AspNetCore.Server.Kestrel", "kestrel.tls_handshake.duration")] = Of("server.port", "network.type", "tls.protocol.version", "error.type"),

        [("Microsoft.AspNetCore.Hosting", "http.server.active_requests")] = Of("url.scheme", "http.request.method"),
        [("Microsoft.AspNetCore.Hosting", "http.server.request.duration")] = Of("url.scheme", "http.request.method", "http.response.status_code", "network.protocol.version", "error.type"),

        // Of the programs behind the gateway: their addresses are the configuration's.
        [(BackendMetrics.MeterName, "http.client.active_requests")] = Of("server.address", "server.port"),
        [(BackendMetrics.MeterName, "http.client.open_connections")] = Of("server.address", "server.port", "http.connection.state"),
        [(BackendMetrics.MeterName, "http.client.connection.duration")] = Of("server.address", "server.port"),
        [(BackendMetrics.MeterName, "http.client.request.duration")] = Of("server.address", "server.port", "http.request.method", "http.response.status_code", "error.type"),

        // "_count" is the end of what counts a histogram's values, and of nothing else.
        [(Runtime, "dotnet.assembly.count")] = Of() with { PrometheusName = "dotnet_assemblies" },
        [(Runtime, "dotnet.exceptions")] = Of(),
        [(Runtime, "dotnet.gc.collections")] = Of("gc.heap.generation"),
        [(Runtime, "dotnet.gc.heap.total_allocated")] = Of(),
        [(Runtime, "dotnet.gc.last_collection.heap.fragmentation.size")] = Of("gc.heap.generation"),
        [(Runtime, "dotnet.gc.last_collection.heap.size")] = Of("gc.heap.generation"),
        [(Runtime, "dotnet.gc.last_collection.memory.committed_size")] = Of(),
        [(Runtime, "dotnet.gc.pause.time")] = Of(),
        [(Runtime, "dotnet.jit.compilation.time")] = Of(),
        [(Runtime, "dotnet.jit.compiled_il.size")] = Of(),
        [(Runtime, "dotnet.jit.compiled_methods")] = Of(),
        [(Runtime, "dotnet.monitor.lock_contentions")] = Of(),
        [(Runtime, "dotnet.process.cpu.count")] = Of() with { PrometheusName = "dotnet_process_cpus" },
        [(Runtime, "dotnet.process.cpu.time")] = Of("cpu.mode"),
        [(Runtime, "dotnet.process.memory.working_set")] = Of(),
        [(Runtime, "dotnet.thread_pool.queue.length")] = Of() with { Kind = MetricKind.Gauge },
        [(Runtime, "dotnet.thread_pool.thread.count")] = Of() with { PrometheusName = "dotnet_thread_pool_threads", Kind = MetricKind.Gauge },
        [(Runtime, "dotnet.thread_pool.work_item.count")] = Of() with { PrometheusName = "dotnet_thread_pool_work_items_total" },
        [(Runtime, "dotnet.timer.count")] = Of() with { PrometheusName = "dotnet_timers" },
    };

    private static readonly ExportedInstrument Own = new(default, MostOwn);

    /// <summary>The meters that may have such instruments.</summary>
    public static ImmutableArray<string> Meters { get; } = [EdgeMetrics.MeterName, .. Platform.Keys.Select(key => key.Meter).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>How an instrument is told; null when it is not.</summary>
    public ExportedInstrument? Find(Instrument instrument) =>
        ReferenceEquals(instrument.Meter, own) ? Own
        : ReferenceEquals(instrument.Meter.Scope, factory) || instrument.Meter.Name == Runtime ? Platform.GetValueOrDefault((instrument.Meter.Name, instrument.Name))
        : null;

    private static ExportedInstrument Of(params ImmutableArray<string> tags) => new(tags, MostOfPlatform);
}
