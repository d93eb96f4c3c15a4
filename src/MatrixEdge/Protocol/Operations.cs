namespace MatrixEdge.Protocol;

/// <summary>
/// The operations of the Matrix specification v1.19 and what homeservers serve beside it, as <c>operations.txt</c> lists
/// them. Names requests for the access log and metrics, and says how patient to be. Never decides who may do what.
/// </summary>
internal static class Operations
{
    private static readonly OperationTree Tree = Read();

    /// <summary>Every operation that <see cref="Find"/> can answer.</summary>
    public static IReadOnlyCollection<Operation> All => Tree.All;

    /// <summary>
    /// The operation of a request; for what the list does not name, the area it falls into. Allocates nothing.
    /// </summary>
    /// <param name="method">The method as sent. Methods are case-sensitive (RFC 9110 §9.1): <c>get</c> is unknown.</param>
    /// <param name="path">
    /// The raw path, neither decoded nor normalised, without the query: homeservers match the same bytes, so
    /// <c>%2F</c> is part of a segment and <c>%73ync</c> is not <c>sync</c>.
    /// </param>
    public static Operation Find(string method, ReadOnlySpan<char> path) => Tree.Find(method, path);

    internal static string Text()
    {
        using var stream = typeof(Operations).Assembly.GetManifestResourceStream("MatrixEdge.Protocol.operations.txt")
            ?? throw new InvalidOperationException("The resource operations.txt is missing from the assembly.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static OperationTree Read() => OperationTree.Parse(Text());
}
