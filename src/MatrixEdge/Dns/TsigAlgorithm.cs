namespace MatrixEdge.Dns;

/// <summary>How messages are signed (RFC 8945 §6); the ones that are not to be used any more are left out.</summary>
internal enum TsigAlgorithm
{
    HmacSha256,
    HmacSha384,
    HmacSha512,
}
