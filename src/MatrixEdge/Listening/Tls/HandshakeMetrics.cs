using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening.Tls;

/// <summary>The instruments that Kestrel has for handshakes, under its names and with its tags, counted where handshakes are made.</summary>
internal sealed class HandshakeMetrics
{
    // As Kestrel has them: its histograms of short durations, in seconds.
    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private readonly UpDownCounter<long> active;
    private readonly Histogram<double> duration;

    public HandshakeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Microsoft.AspNetCore.Server.Kestrel");
        active = meter.CreateUpDownCounter<long>(
            "kestrel.active_tls_handshakes", "{handshake}", "Number of TLS handshakes that are currently in progress on the server.");
        duration = meter.CreateHistogram(
            "kestrel.tls_handshake.duration", "s", "The duration of TLS handshakes on the server.", tags: null, Buckets);
    }

    /// <summary>A handshake begins. What this returns is for <see cref="End"/>: who begins to listen meanwhile hears of neither.</summary>
    public (bool IsCounted, long Since) Begin(BaseConnectionContext connection)
    {
        var isCounted = active.Enabled;
        if (isCounted)
            active.Add(1, TagsOf(connection));
        return (isCounted, duration.Enabled ? Stopwatch.GetTimestamp() : 0);
    }

    /// <summary>It is over.</summary>
    /// <param name="begun">What <see cref="Begin"/> returned.</param>
    /// <param name="version">The protocol's, such as 1.3; null when the handshake failed.</param>
    /// <param name="fault">The type of what was thrown; null when the handshake went well.</param>
    public void End(BaseConnectionContext connection, (bool IsCounted, long Since) begun, string? version, string? fault)
    {
        var tags = TagsOf(connection);
        if (begun.IsCounted)
            active.Add(-1, tags);
        if (begun.Since == 0)
            return;
        if (version is not null)
            tags.Add("tls.protocol.version", version);
        if (fault is not null)
            tags.Add("error.type", fault);
        duration.Record(Stopwatch.GetElapsedTime(begun.Since).TotalSeconds, tags);
    }

    private static TagList TagsOf(BaseConnectionContext connection)
    {
        var tags = default(TagList);
        if (connection.LocalEndPoint is IPEndPoint here)
        {
            tags.Add("server.address", here.Address.ToString());
            tags.Add("server.port", here.Port);
            tags.Add("network.type", here.AddressFamily == AddressFamily.InterNetwork ? "ipv4" : "ipv6");
        }

        tags.Add("network.transport", "tcp");
        return tags;
    }
}
