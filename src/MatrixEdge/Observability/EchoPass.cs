using System.Collections.Immutable;
using MatrixEdge.Listening;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>What <c>matrixedge doctor</c> needs of the running gateway, to look at it from outside.</summary>
/// <param name="Path">Where it tells what arrives of requests; good for ten minutes.</param>
/// <param name="Serials">The serial of the certificate that is served for each site's public host, by server name.</param>
internal sealed record EchoPass(string Path, ImmutableDictionary<string, string?> Serials)
{
    public static EchoPass Of(Echo echo, SiteTable table, ServedCertificate served) => new(
        echo.NewPath(), table.Sites.ToImmutableDictionary(site => site.ServerName, site => FindSerial(site.Settings.PublicHost.Host, served)));

    /// <summary>Of the certificate that is served for a host; null when there is none.</summary>
    public static string? FindSerial(string host, ServedCertificate served) => served.FindIdentity(host)?.Bundle.Leaf.SerialNumber;
}
