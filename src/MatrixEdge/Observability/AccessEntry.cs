using MatrixEdge.Listening;

namespace MatrixEdge.Observability;

/// <summary>What the access log tells of a request.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Operation">As the specification writes it, without any id.</param>
/// <param name="Status">What was answered, or 499 when the client had gone before.</param>
/// <param name="Bytes">The length of the answer's body.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Client">Whose request it was.</param>
/// <param name="Reason">Why the gateway itself answered; null when there is nothing to tell.</param>
internal readonly record struct AccessEntry(
    DateTimeOffset At, string Operation, int Status, long Bytes, double Milliseconds, ListenerKind Listener, string Client, string? Reason);
