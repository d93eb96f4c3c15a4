namespace MatrixEdge.Certificates.Ordering;

/// <summary>A certificate that was issued, as authorities count them.</summary>
/// <param name="Names">All its names, sorted, with commas between.</param>
/// <param name="IsExempt">Whether it replaced another within its suggested window, which authorities do not count.</param>
/// <param name="Length">How long it is valid.</param>
internal sealed record IssuedRecord(DateTimeOffset At, string Names, bool IsExempt, TimeSpan Length)
{
    /// <summary>Who counts it; null, in states of old, stands for all.</summary>
    public string? Issuer { get; init; }

    public static string KeyOf(IEnumerable<string> names) => string.Join(',', names.Order(StringComparer.Ordinal));
}
