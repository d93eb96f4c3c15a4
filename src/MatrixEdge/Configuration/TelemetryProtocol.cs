namespace MatrixEdge.Configuration;

/// <summary>How metrics travel to a collector.</summary>
internal enum TelemetryProtocol
{
    /// <summary>Protobuf by HTTP, which passes any proxy; port 4318 by custom.</summary>
    Http,

    /// <summary>gRPC; port 4317 by custom.</summary>
    Grpc,
}
