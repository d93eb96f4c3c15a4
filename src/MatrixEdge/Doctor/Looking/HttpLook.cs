using System.Collections.Immutable;
using System.Net;

namespace MatrixEdge.Doctor.Looking;

/// <summary>What came of asking one address.</summary>
/// <param name="Tls">Null without TLS, and when the handshake was not completed.</param>
/// <param name="Status">Null when there was no answer.</param>
/// <param name="Body">Decoded; at most <see cref="Looker.LargestBody"/> and one byte.</param>
/// <param name="Failure">Why there is no answer; null when there is one.</param>
internal sealed record HttpLook(LookRequest Request, IPEndPoint EndPoint, TlsLook? Tls, int? Status, ImmutableArray<(string Name, string Value)> Headers, ReadOnlyMemory<byte> Body, LookFailure? Failure)
{
    /// <summary>Whether it goes on beyond <see cref="Looker.LargestBody"/>.</summary>
    public bool IsTooLong { get; init; }

    /// <summary>From the connection's beginning to the answer's end.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>When the answer was there, by this host's clock.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>Whether an announced body would have been taken.</summary>
    public bool WouldTakeBody { get; init; }

    public bool IsAnswered => Status is not null;

    /// <summary>Every line of a header, in order.</summary>
    public IEnumerable<string> All(string header) => Headers.Where(pair => pair.Name.Equals(header, StringComparison.OrdinalIgnoreCase)).Select(pair => pair.Value);

    public string? Header(string header) => All(header).FirstOrDefault();

    /// <summary>One line for the evidence.</summary>
    public string Words =>
        $"{(Request.Method == HttpMethod.Get ? "" : Request.Method + " ")}{Request.Address} at {EndPoint.Address}: {Failure?.Words ?? $"{Status}{(Header("Content-Type") is { } type ? $", {Delegation.JsonAnswer.Shorten(type)}" : "")}, {Body.Length} bytes"}";
}
