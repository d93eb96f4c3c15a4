using System.Collections.Immutable;
using MatrixEdge.Listening;

namespace MatrixEdge.Observability;

/// <summary>What came in during the last hour.</summary>
/// <param name="Since">When counting began: with the gateway.</param>
/// <param name="Ports">Each listener that is open to the public.</param>
/// <param name="Operations">Those that came at all, the most frequent first, as the specification writes them; never what a client sent.</param>
internal sealed record TrafficListing(DateTimeOffset Since, ImmutableArray<TrafficListing.OfPort> Ports, ImmutableArray<TrafficListing.OfOperation> Operations)
{
    /// <param name="Port">Of TCP; null when it is closed by now.</param>
    /// <param name="Requests">In each of the last sixty minutes, the present one last.</param>
    /// <param name="ClientErrors">Those of them that were answered with 4xx.</param>
    /// <param name="ServerErrors">Those that were answered with 5xx.</param>
    internal sealed record OfPort(
        ListenerKind Listener, int? Port, ImmutableArray<int> Requests, ImmutableArray<int> ClientErrors, ImmutableArray<int> ServerErrors)
    {
        /// <summary>How many in all.</summary>
        public long All => Requests.Sum(count => (long)count);
    }

    /// <param name="ClientErrors">How many were answered with 4xx.</param>
    /// <param name="ServerErrors">How many were answered with 5xx.</param>
    /// <param name="MedianMilliseconds">Half of them took no longer, about; null for those that wait for news.</param>
    /// <param name="P95Milliseconds">95 of a hundred took no longer, about; null for those that wait for news.</param>
    /// <param name="FiveMinutes">How many came in each twelfth of the hour, the present one last.</param>
    internal sealed record OfOperation(
        string Operation, long Requests, long ClientErrors, long ServerErrors, double? MedianMilliseconds, double? P95Milliseconds, ImmutableArray<int> FiveMinutes);
}
