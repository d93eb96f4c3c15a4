namespace MatrixEdge.Tests.Doctor;

/// <summary>A request that reached a server of the test's world.</summary>
/// <param name="Host">The <c>Host</c> header, without the port.</param>
/// <param name="Path">Without the query.</param>
internal sealed record Ask(string Method, string Host, string Path, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The head is there, and the body waits to be asked for (RFC 9110 §10.1.1).</summary>
    public bool ExpectsContinue => Headers.TryGetValue("Expect", out var value) && value == "100-continue";

    public long Length => Headers.TryGetValue("Content-Length", out var value) ? long.Parse(value, System.Globalization.CultureInfo.InvariantCulture) : 0;
}
