using System.Collections.Frozen;

namespace MatrixEdge.Observability;

/// <summary>
/// Holds the values of tags to those that are known, where what stands behind the gateway or in front of it may send any: statuses
/// that are no registered ones, versions of protocols that nobody speaks.
/// </summary>
internal static class TagValues
{
    // As OpenTelemetry's conventions call what is not in a list.
    private const string Other = "_OTHER";

    // IANA, Hypertext Transfer Protocol (HTTP) Status Code Registry.
    private static readonly FrozenSet<int> Statuses = new[]
    {
        100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413,
        414, 415, 416, 417, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511,
    }.ToFrozenSet();

    /// <summary>The value, or what stands for all that are not known. Allocates nothing.</summary>
    public static object? Known(string tag, object? value) => tag switch
    {
        "http.response.status_code" => value is int status && Statuses.Contains(status) ? value : Other,
        "error.type" => value is string { Length: 3 } text && int.TryParse(text, out var failed) && !Statuses.Contains(failed) ? Other : value,
        "network.protocol.version" => value is "1.0" or "1.1" or "2" or "3" ? value : Other,
        "tls.protocol.version" => value is "1.0" or "1.1" or "1.2" or "1.3" ? value : Other,
        "url.scheme" => value is "http" or "https" ? value : Other,
        _ => value,
    };
}
