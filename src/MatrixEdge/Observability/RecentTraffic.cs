using System.Collections.Immutable;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;

namespace MatrixEdge.Observability;

/// <summary>
/// What came in during the last hour, by listener in steps of a minute, and by operation in steps of five. Its size is bounded
/// whatever is sent: operations are those of a fixed list, and room for one is made when it comes first.
/// </summary>
internal sealed class RecentTraffic
{
    /// <summary>How many minutes are kept of each listener, the present one included.</summary>
    public const int Minutes = 60;

    /// <summary>How many steps are kept of each operation, the present one included.</summary>
    public const int Steps = 12;

    private const int MinutesInStep = Minutes / Steps;

    // Columns: answers by class, then durations.
    private const int Well = 0, ClientErrors = 1, ServerErrors = 2, Durations = 3;

    private static readonly ImmutableArray<ListenerKind> Listeners = [ListenerKind.Http, ListenerKind.Https, ListenerKind.Federation];

    private readonly TimeProvider time;
    private readonly long begin;

    // By reference: each operation is one object, and to hash its text would cost more than all the rest. (To freeze it would take the start
    // longer than all requests of a day would gain.)
    private readonly Dictionary<Operation, int> numbers = new(ReferenceEqualityComparer.Instance);

    private readonly ImmutableArray<Operation> operations;
    private readonly CountRing?[] byOperation;
    private readonly CountRing[] byListener = [.. Listeners.Select(_ => new CountRing(Minutes, Durations))];

    public RecentTraffic(TimeProvider time)
    {
        this.time = time;
        begin = time.GetTimestamp();
        Since = time.GetUtcNow();
        operations = [.. Operations.All];
        for (var number = 0; number < operations.Length; number++)
            numbers.Add(operations[number], number);
        byOperation = new CountRing?[operations.Length * Listeners.Length];
    }

    /// <summary>When counting began.</summary>
    public DateTimeOffset Since { get; }

    /// <summary>Counts a request at its end. Allocates only when an operation comes for the first time.</summary>
    public void Note(Operation operation, ListenerKind listener, int status, TimeSpan took)
    {
        var port = Listeners.IndexOf(listener);
        if (port < 0 || !numbers.TryGetValue(operation, out var number))
            return;

        var minute = Minute();
        var column = status >= 500 ? ServerErrors : status >= 400 ? ClientErrors : Well;
        byListener[port].Add(minute, column);

        var ring = Ring((number * Listeners.Length) + port);
        ring.Add(minute / MinutesInStep, column);
        ring.Add(minute / MinutesInStep, Durations + DurationScale.StepOf(took));
    }

    /// <summary>The last hour, as it is now.</summary>
    /// <param name="port">On which port a listener is; null for one that is closed, which is left out unless something came by it.</param>
    public TrafficListing List(Func<ListenerKind, int?> port)
    {
        var minute = Minute();
        return new TrafficListing(
            Since,
            [.. Listeners.Select((listener, index) => ListPort(listener, port(listener), byListener[index], minute)).Where(entry => entry.Port is not null || entry.All > 0)],
            [.. operations.Select((operation, number) => ListOperation(operation, number, minute / MinutesInStep)).Where(entry => entry.Requests > 0)
                .OrderByDescending(entry => entry.Requests).ThenBy(entry => entry.Operation, StringComparer.Ordinal)]);
    }

    private static TrafficListing.OfPort ListPort(ListenerKind listener, int? port, CountRing ring, long minute)
    {
        var minutes = Enumerable.Range(0, Minutes).Select(index => minute - Minutes + 1 + index).ToArray();
        return new TrafficListing.OfPort(
            listener, port,
            [.. minutes.Select(one => ring.Read(one, Well) + ring.Read(one, ClientErrors) + ring.Read(one, ServerErrors))],
            [.. minutes.Select(one => ring.Read(one, ClientErrors))],
            [.. minutes.Select(one => ring.Read(one, ServerErrors))]);
    }

    private TrafficListing.OfOperation ListOperation(Operation operation, int number, long step)
    {
        var requests = new int[Steps];
        var durations = new long[DurationScale.Steps];
        long clientErrors = 0, serverErrors = 0;
        for (var port = 0; port < Listeners.Length; port++)
        {
            if (Volatile.Read(ref byOperation[(number * Listeners.Length) + port]) is not { } ring)
                continue;

            for (var index = 0; index < Steps; index++)
            {
                var one = step - Steps + 1 + index;
                requests[index] += ring.Read(one, Well) + ring.Read(one, ClientErrors) + ring.Read(one, ServerErrors);
                clientErrors += ring.Read(one, ClientErrors);
                serverErrors += ring.Read(one, ServerErrors);
                for (var duration = 0; duration < durations.Length; duration++)
                    durations[duration] += ring.Read(one, Durations + duration);
            }
        }

        // How long a client asked to wait for news says nothing about the homeserver.
        var isTold = operation.Patience != Patience.LongPoll;
        return new TrafficListing.OfOperation(
            operation.Template, requests.Sum(count => (long)count), clientErrors, serverErrors,
            isTold ? DurationScale.Within(durations, 0.5)?.TotalMilliseconds : null, isTold ? DurationScale.Within(durations, 0.95)?.TotalMilliseconds : null, [.. requests]);
    }

    private CountRing Ring(int index) =>
        Volatile.Read(ref byOperation[index]) is { } ring ? ring
        : Interlocked.CompareExchange(ref byOperation[index], ring = new CountRing(Steps, Durations + DurationScale.Steps), null) ?? ring;

    // By the clock that nobody sets.
    private long Minute() => time.GetElapsedTime(begin).Ticks / TimeSpan.TicksPerMinute;
}
