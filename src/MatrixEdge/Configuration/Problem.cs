namespace MatrixEdge.Configuration;

/// <summary>
/// Something in the configuration that keeps the gateway from starting.
/// </summary>
/// <param name="Key">Where it stands, as in <c>MatrixEdge:Sites:0:ServerName</c>.</param>
/// <param name="Value">What stands there, quoted as in the file; null where nothing does.</param>
/// <param name="Remedy">What to write instead, continuing the sentence, without a final dot.</param>
internal sealed record Problem(string Key, string? Value, string Remedy)
{
    /// <summary>The line that the operator reads.</summary>
    public override string ToString() => Value is null ? $"{Key}: {Remedy}" : $"{Key} is {Value}: {Remedy}";
}
