using System.Collections.Immutable;

namespace MatrixEdge.Dns;

/// <summary>The signature of a message (RFC 8945 §4.2), as it was sent.</summary>
/// <param name="KeyName">Which key it was made with.</param>
/// <param name="TimeSigned">Seconds since 1970, 48 bits.</param>
/// <param name="Fudge">By how many seconds the clocks may differ.</param>
/// <param name="Mac">Empty when the server could not sign.</param>
/// <param name="OriginalId">The id that was signed, whatever forwarders made of it.</param>
/// <param name="Other">With <see cref="DnsCode.BadTime"/>: the server's time, 48 bits.</param>
/// <param name="Offset">Where in the message the record begins: what stands before it is what was signed.</param>
internal sealed record TsigRecord(
    DnsName KeyName,
    DnsName Algorithm,
    ulong TimeSigned,
    ushort Fudge,
    ImmutableArray<byte> Mac,
    ushort OriginalId,
    DnsCode Error,
    ImmutableArray<byte> Other,
    int Offset);
