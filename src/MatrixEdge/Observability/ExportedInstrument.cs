using System.Collections.Immutable;

namespace MatrixEdge.Observability;

/// <summary>How an instrument is told to those who collect metrics.</summary>
/// <param name="Tags">Its tags that are told; all others are left out, and with them what strangers may have put there. Default: all are.</param>
/// <param name="Most">How many series there may be; what would make one more is counted together.</param>
/// <param name="PrometheusName">Its name for Prometheus, where the one that follows from its own would break Prometheus' rules; null: that one.</param>
/// <param name="Kind">What it is, where the platform calls a value that goes up and down a counter; null: what it says it is.</param>
internal sealed record ExportedInstrument(ImmutableArray<string> Tags, int Most, string? PrometheusName = null, MetricKind? Kind = null)
{
    /// <summary>Says of the one series that takes what is too much what it is, as OpenTelemetry's specification does (Metrics SDK §Overflow attribute).</summary>
    public const string OverflowTag = "otel.metric.overflow";
}
