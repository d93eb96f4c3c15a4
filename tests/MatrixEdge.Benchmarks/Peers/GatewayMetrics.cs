using System.Globalization;
using System.Text.RegularExpressions;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>What the gateway tells of itself on its admin listener.</summary>
internal static partial class GatewayMetrics
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>All that was allocated on the managed heap since the start.</summary>
    public static async Task<double> AllocatedBytesAsync(Peer gateway, CancellationToken stop)
    {
        var text = await Client.GetStringAsync(new Uri($"http://127.0.0.1:{gateway.Ports.Admin}/metrics"), stop);
        var match = Allocated().Match(text);
        return match.Success
            ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : throw new BenchmarkException("The gateway's metrics do not say what was allocated");
    }

    [GeneratedRegex(@"^dotnet_gc_heap_total_allocated[a-z_]*(?:\{[^}]*\})? (\S+)", RegexOptions.Multiline)]
    private static partial Regex Allocated();
}
