namespace MatrixEdge.Website;

/// <summary>What is to be sent of a representation.</summary>
/// <param name="Status">200, 206, 304, 412 or 416.</param>
/// <param name="From">The first byte, of 200 and 206.</param>
/// <param name="Length">How many bytes, of 200 and 206.</param>
internal readonly record struct Selection(int Status, long From, long Length);
