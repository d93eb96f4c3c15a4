namespace MatrixEdge.Acme.Tests.Support;

/// <summary>A record as a name server gave it.</summary>
/// <param name="Name">Without the dot at its end.</param>
/// <param name="Type">The number of the type: 1 A, 5 CNAME, 16 TXT, 28 AAAA, 257 CAA.</param>
/// <param name="Seconds">How long it may be kept.</param>
/// <param name="Text">The address; the name; the text, its pieces joined; for other types the bytes in hexadecimal.</param>
internal sealed record DnsRecord(string Name, ushort Type, uint Seconds, string Text);
