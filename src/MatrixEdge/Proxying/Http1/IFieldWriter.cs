namespace MatrixEdge.Proxying.Http1;

/// <summary>Where the headers of a request go that is passed on; one that has several lines is written line by line.</summary>
internal interface IFieldWriter
{
    /// <exception cref="MessageException">The name is no token, or the value would end its line (RFC 9110 §5.5).</exception>
    void WriteField(string name, ReadOnlySpan<char> value);
}
