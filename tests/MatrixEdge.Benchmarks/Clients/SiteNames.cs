using System.Globalization;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>The server names of many sites.</summary>
internal static class SiteNames
{
    public static string Of(int site) => site == 0 ? "localhost" : string.Create(CultureInfo.InvariantCulture, $"s{site}.localhost");
}
