namespace MatrixEdge.Protocol;

/// <summary>
/// One operation of the Matrix API. There are some hundreds in all, created once at start: safe as the tag of a metric.
/// </summary>
/// <param name="Template">
/// Method and path as the specification writes them, for example
/// <c>PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}</c>, or an area: <c>GET /_matrix/client/*</c>.
/// Never holds anything that a client sent.
/// </param>
/// <param name="Patience">How long it may stay silent.</param>
/// <param name="Limit">With what it is counted, per client.</param>
internal sealed record Operation(string Template, Patience Patience, LimitGroup Limit = LimitGroup.None)
{
    /// <summary>True when this is what no line names: all that is known is the area.</summary>
    public bool IsArea { get; } = Template.EndsWith('*');

    /// <summary>
    /// Under which name it is counted with others that do the same: HEAD as GET, the names before v3 as v3, and an area whatever the
    /// method, so that there are few and nobody can multiply them.
    /// </summary>
    public string CountedAs { get; init; } = Template;
}
