using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace MatrixEdge.Configuration;

/// <summary>The networks from which Cloudflare connects to the servers behind it, as this version of the program knows them.</summary>
/// <param name="Date">When the list was last compared with what Cloudflare publishes.</param>
internal sealed record CloudflareNetworks(DateOnly Date, ImmutableArray<IPNetwork> All)
{
    /// <summary>What Cloudflare changes, it changes some times in ten years, and announces a month before.</summary>
    private const int GoodForDays = 365;

    // Which address a Worker has: https://developers.cloudflare.com/fundamentals/reference/http-headers/, "CF-Connecting-IP in Worker subrequests".
    private static readonly IPNetwork Workers = IPNetwork.Parse("2a06:98c0:3600::/48");

    /// <summary>
    /// Whether it is the address of Workers, which is among those of the proxies: programs of any customer, who write whatever they like
    /// into the headers of what they send.
    /// </summary>
    public static bool IsOfWorkers(IPAddress address) => Workers.Contains(address);

    /// <summary>The list that <c>cloudflare.txt</c> holds.</summary>
    public static CloudflareNetworks Shipped { get; } = Parse(Text());

    /// <summary>What to tell the operator when the list may have been overtaken; null while it is fresh.</summary>
    public string? FindNote(DateTimeOffset now)
    {
        var days = DateOnly.FromDateTime(now.UtcDateTime).DayNumber - Date.DayNumber;
        return days <= GoodForDays ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"MatrixEdge:TrustedProxies has \"cloudflare\", and this version's list of Cloudflare's networks is of {Date:yyyy-MM-dd}, more than a year ago: visitors "
            + $"who come by a newer network would all have Cloudflare's address. Update MatrixEdge, or look at https://www.cloudflare.com/ips/ and list what is missing beside the name");
    }

    /// <summary>Comments, then the date, then a network in each line.</summary>
    /// <exception cref="FormatException">It is written another way.</exception>
    internal static CloudflareNetworks Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').ToList();
        return new CloudflareNetworks(
            DateOnly.ParseExact(lines[0], "yyyy-MM-dd", CultureInfo.InvariantCulture), [.. lines.Skip(1).Select(line => IPNetwork.Parse(line))]);
    }

    private static string Text()
    {
        using var stream = typeof(CloudflareNetworks).Assembly.GetManifestResourceStream("MatrixEdge.Configuration.cloudflare.txt")
            ?? throw new InvalidOperationException("The resource cloudflare.txt is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
