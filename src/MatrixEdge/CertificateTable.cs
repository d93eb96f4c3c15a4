using System.Globalization;
using System.Text;
using System.Text.Json;
using MatrixEdge.Observability;

namespace MatrixEdge;

/// <summary>What <c>matrixedge certificates list</c> shows: a table of 80 columns, and below it what there is to say of each.</summary>
internal static class CertificateTable
{
    private const int Columns = 80;
    private const int LongestSite = 26;
    private const string Time = "yyyy-MM-dd HH:mm";

    public static void Write(TextWriter output, CertificateListing listing, DateTimeOffset now)
    {
        if (listing.Certificates.IsDefault)
            throw new JsonException("It is no list of certificates");
        if (listing.Certificates.IsEmpty)
            output.WriteLine("There is no certificate yet; the gateway's log says why");

        var width = Math.Max(4, listing.Certificates.Select(certificate => SiteOf(certificate).Length).Where(length => length <= LongestSite).DefaultIfEmpty(4).Max());
        if (!listing.Certificates.IsEmpty)
            WriteRow(output, width, "SITE", "VALID UNTIL", "LEFT", "NEXT RENEWAL", "FAILED");
        foreach (var certificate in listing.Certificates)
        {
            WriteRow(
                output, width, SiteOf(certificate),
                certificate.NotAfter is { } end ? Show(end) : "none yet",
                certificate.NotAfter is { } until ? Left(until - now) : "-",
                certificate.NextRenewal is not { } next ? "-" : next.At <= now ? "now" : Show(next.At),
                certificate.Failures == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{certificate.Failures}x"));
        }

        foreach (var certificate in listing.Certificates)
            WriteDetails(output, listing, certificate, now);
    }

    private static void WriteDetails(TextWriter output, CertificateListing listing, ListedCertificate certificate, DateTimeOffset now)
    {
        output.WriteLine();
        output.WriteLine(SiteOf(certificate));
        WriteFact(output, "names", string.Join(", ", certificate.Names));
        if (certificate.Trouble is { } trouble)
            WriteFact(output, "TROUBLE", trouble);
        if (certificate.Serial is { } serial)
        {
            WriteFact(output, "from", $"{certificate.Authority ?? "an unknown authority"} ({listing.Source}){(certificate.Generation is > 0 ? string.Create(CultureInfo.InvariantCulture, $", generation {certificate.Generation}") : "")}");
            WriteFact(output, "serial", serial);
        }

        if (certificate.NextRenewal is { } next)
            WriteFact(output, "renewal", $"{(next.At <= now ? "now" : $"at {Show(next.At)} UTC")}: {next.Reason}");
        if (certificate.Window is { } window)
            WriteFact(output, "window", $"suggested {Show(window.Start)} to {Show(window.End)} UTC{(window.Explanation is { } uri ? $", see {uri}" : "")}");
        foreach (var left in certificate.LeftOut)
            WriteFact(output, "LEFT OUT", $"{left.Name}: {left.Reason}");
        if (certificate.LastFailure is { } failure)
            WriteFact(output, "failure", $"{Show(failure.At)} UTC, {failure.Authority} ({failure.Kind}): {failure.Message}");
        if (certificate.NextAttempt is { } attempt)
            WriteFact(output, "next", $"attempt at {Show(attempt)} UTC");
    }

    private static void WriteRow(TextWriter output, int width, string site, string until, string left, string renewal, string failed)
    {
        if (site.Length > width)
        {
            output.WriteLine(site);
            site = "";
        }

        output.WriteLine($"{site.PadRight(width)}  {until,-16}  {left,8}  {renewal,-16}  {failed,6}");
    }

    // Wrapped between words, indented below the first line; a word that is too long stays whole, to be copied.
    private static void WriteFact(TextWriter output, string name, string text)
    {
        const int Indent = 12;
        var line = new StringBuilder($"  {name}".PadRight(Indent));
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > Indent && line.Length + word.Length > Columns)
            {
                output.WriteLine(line.ToString().TrimEnd());
                line.Clear().Append(' ', Indent);
            }

            line.Append(word).Append(' ');
        }

        output.WriteLine(line.ToString().TrimEnd());
    }

    private static string SiteOf(ListedCertificate certificate) => certificate.Site ?? "all sites";

    private static string Show(DateTimeOffset time) => time.UtcDateTime.ToString(Time, CultureInfo.InvariantCulture);

    private static string Left(TimeSpan left) =>
        left <= TimeSpan.Zero ? "EXPIRED"
        : left < TimeSpan.FromHours(2) ? string.Create(CultureInfo.InvariantCulture, $"{left.TotalMinutes:0} min")
        : left < TimeSpan.FromDays(3) ? string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(left.TotalHours):0} hours")
        : string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(left.TotalDays):0} days");
}
