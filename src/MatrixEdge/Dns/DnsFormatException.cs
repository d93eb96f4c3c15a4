namespace MatrixEdge.Dns;

/// <summary>These bytes are no DNS message: the one exception that reading them can throw.</summary>
internal sealed class DnsFormatException(string message) : Exception(message);
