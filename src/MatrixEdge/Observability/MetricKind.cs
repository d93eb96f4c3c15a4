namespace MatrixEdge.Observability;

/// <summary>Prometheus' kinds of metrics, as far as they are used here.</summary>
internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}
