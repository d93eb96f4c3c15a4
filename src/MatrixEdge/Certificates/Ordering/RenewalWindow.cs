namespace MatrixEdge.Certificates.Ordering;

/// <summary>What the authority suggests for one certificate (RFC 9773 §4.2), and the moment that was chosen in it.</summary>
/// <param name="Certificate">The certificate's identifier (RFC 9773 §4.1).</param>
/// <param name="Selected">Chosen at random in the window once, and kept over restarts.</param>
internal sealed record RenewalWindow(string Certificate, DateTimeOffset Start, DateTimeOffset End, DateTimeOffset Selected, Uri? Explanation)
{
    /// <summary>The next state of knowledge: the chosen moment stays for as long as the window does.</summary>
    public static RenewalWindow Choose(RenewalWindow? before, string certificate, DateTimeOffset start, DateTimeOffset end, Uri? explanation, Random random) =>
        before is not null && before.Certificate == certificate && before.Start == start && before.End == end
            ? before with { Explanation = explanation }
            : new RenewalWindow(certificate, start, end, start + ((end - start) * random.NextDouble()), explanation);
}
