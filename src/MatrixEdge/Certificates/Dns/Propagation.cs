using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Dns;

namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// Waits until a new record is seen by whoever asks: on every authoritative server of its zone. Servers that never answer are
/// not waited for. Where the zone's servers cannot be found or reached, the resolvers are looked at instead. It helps and
/// never hinders: after <paramref name="limit"/> it goes on with a warning.
/// </summary>
/// <param name="limit">Zero: not to wait at all.</param>
internal sealed partial class Propagation(DnsClient client, TimeSpan limit, TimeProvider time, ILogger<Propagation> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Where authoritative servers listen.</summary>
    public int Port { get; init; } = DnsAddress.Port;

    /// <summary>For how long a server that never answers is asked.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromSeconds(10);

    public async Task WaitAsync(DnsName name, string value, CancellationToken stop)
    {
        if (limit == TimeSpan.Zero)
            return;

        var start = time.GetTimestamp();
        var places = await FindServersAsync(name, stop);
        var atResolvers = places.Count == 0;
        if (atResolvers)
            places = Resolvers();

        for (var pause = FirstPause; ; pause = Min(pause * 2, LongestPause))
        {
            await Task.WhenAll(places.Where(place => !place.Shows).Select(place => place.LookAsync(client, name, value, stop)));

            var passed = time.GetElapsedTime(start);
            var awaited = places.Where(place => !place.Shows && (place.HasAnswered || passed < SilenceLimit)).ToList();
            if (awaited.Count == 0 && places.Any(place => place.Shows))
            {
                if (places.Any(place => !place.Shows))
                    Log.Silent(logger, name, Join(places.Where(place => !place.Shows)));
                Log.Seen(logger, name, Join(places.Where(place => place.Shows)), passed);
                return;
            }

            // Nobody there can be reached, as behind a firewall that lets only the resolvers ask: let them.
            if (awaited.Count == 0 && !atResolvers)
            {
                Log.Silent(logger, name, Join(places));
                (places, atResolvers) = (Resolvers(), true);
                continue;
            }

            var left = limit - passed;
            if (left <= TimeSpan.Zero)
            {
                Log.NotSeen(logger, Join(places.Where(place => !place.Shows)), name, limit);
                return;
            }

            await Task.Delay(Min(pause, left), time, stop);
        }
    }

    private async Task<List<Place>> FindServersAsync(DnsName name, CancellationToken stop)
    {
        var zone = await new ZoneFinder(client).FindAsync(name, stop);
        return zone is null
            ? []
            : [.. zone.Servers
                .Where(server => !server.Addresses.IsEmpty)
                .Select(server => new Place(server.Name.ToString(), [.. server.Addresses.Select(address => new IPEndPoint(address, Port))], recursion: false))];
    }

    private List<Place> Resolvers() =>
        [.. client.Resolvers.Select(resolver => new Place($"the resolver {resolver}", [resolver], recursion: true))];

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Join(IEnumerable<Place> places) => string.Join(", ", places.Select(place => place.Name).Order(StringComparer.Ordinal));

    /// <summary>A name server, and what was seen of it. It may be dead at one of its addresses: one that shows the record is enough.</summary>
    private sealed class Place(string name, ImmutableArray<IPEndPoint> addresses, bool recursion)
    {
        public string Name => name;

        public bool Shows { get; private set; }

        public bool HasAnswered { get; private set; }

        public async Task LookAsync(DnsClient client, DnsName owner, string value, CancellationToken stop)
        {
            var answers = await Task.WhenAll(addresses.Select(address => client.AskAsync(address, owner, DnsType.TXT, recursion, stop)));
            Shows = answers.Any(answer => answer.Data<TextData>().Any(text => text.Text == value));
            HasAnswered |= answers.Any(answer => answer.IsDecided);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "The record at {Name} is seen on {Servers} after {Elapsed}")]
        public static partial void Seen(ILogger logger, DnsName name, string servers, TimeSpan elapsed);

        [LoggerMessage(LogLevel.Warning, "Whether the record at {Name} is published on {Servers} cannot be seen from here, since they do not answer; going on without them")]
        public static partial void Silent(ILogger logger, DnsName name, string servers);

        [LoggerMessage(LogLevel.Warning, "{Servers} did not show the record at {Name} within {Limit}; going on. If the certificate authority does not find it either, give the name servers more time with PropagationTimeout")]
        public static partial void NotSeen(ILogger logger, string servers, DnsName name, TimeSpan limit);
    }
}
