using System.Globalization;

namespace MatrixEdge.Configuration;

/// <summary>How many requests of one site may be under way at its homeserver at the same time, and what happens to more.</summary>
/// <remarks>
/// <para>
/// It keeps a homeserver that has fallen behind from falling further: what waits here, in the order in which it came, costs
/// little, and what waits too long gets an answer that clients understand, while the homeserver works on what
/// somebody still waits for. Element Server Suite sets 250 to 2000 per worker and lets requests wait for up to a minute.
/// A healthy homeserver never has hundreds under way.
/// </para>
/// <para>
/// Not counted is what waits by design: long polls wait for news, and media for the client's own line. If either
/// took a place, some hundred phones in a tunnel would keep everybody else out.
/// </para>
/// </remarks>
/// <param name="Requests">1 to 100,000; 0 for any number.</param>
/// <param name="PerClient">
/// How many of them one client address may have; 0 for any number. A body may take its time, so whoever sends many slowly
/// could hold every place alone.
/// </param>
/// <param name="Queue">How many may wait for a place, 0 to 100,000.</param>
/// <param name="WaitFor">How long each may wait, one second to five minutes.</param>
internal sealed record ConcurrencySettings(int Requests, int PerClient, int Queue, TimeSpan WaitFor)
{
    private const int Most = 100_000;
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    public static readonly ConcurrencySettings Default = new(500, 250, 500, TimeSpan.FromSeconds(10));

    /// <summary>True when any number may be under way.</summary>
    public bool IsOff => Requests == 0;

    /// <summary>For an operator to read.</summary>
    public string Words => IsOff ? "any number at once"
        : string.Create(CultureInfo.InvariantCulture, $"{Requests} at once{(PerClient == 0 ? "" : $", {PerClient} per client")}");

    /// <summary>Understands the section; what is absent or wrong (told) gets its default, <see cref="PerClient"/> the half of all.</summary>
    public static ConcurrencySettings Parse(SettingsSection section)
    {
        var requests = section.Number("Requests", Default.Requests, 0, Most);
        var perClient = section.Number("PerClient", (requests + 1) / 2, 0, Most);
        var queue = section.Number("Queue", Default.Queue, 0, Most);
        var waitFor = section.Duration("WaitFor") ?? Default.WaitFor;
        if (waitFor < Shortest || waitFor > Longest)
        {
            section.Report("WaitFor", "must be a length of time from one second to five minutes, for example \"00:00:10\"");
            waitFor = Default.WaitFor;
        }

        section.RejectUnknownKeys();
        return new ConcurrencySettings(requests, perClient, queue, waitFor);
    }
}
