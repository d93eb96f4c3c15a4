using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Dns;

namespace MatrixEdge.Doctor.Looking;

/// <summary>Where a host name leads.</summary>
/// <param name="Addresses">IPv6 first, as other servers try them; empty when there is none.</param>
/// <param name="V4">Null when nobody was asked, since the host is an address itself.</param>
/// <param name="V6">Like <paramref name="V4"/>.</param>
internal sealed record HostAddresses(string Host, ImmutableArray<IPAddress> Addresses, DnsAnswer? V4, DnsAnswer? V6)
{
    /// <summary>Whether no name server could say anything at all.</summary>
    public bool IsSilent => V4 is { IsAnswered: false } && V6 is { IsAnswered: false };

    /// <summary>Why there is no address, or not all of them; null when everything was answered, and something.</summary>
    public string? Failure
    {
        get
        {
            if (V4 is null || V6 is null)
                return null;
            if (IsSilent)
                return $"no name server answered about {Host}: {V4.Failure}";
            foreach (var answer in (DnsAnswer[])[V4, V6])
            {
                if (answer.Failure is { } failure)
                    return failure;
                if (!answer.IsDecided)
                    return $"the name server {answer.Server} answers {answer.Code?.Mnemonic()} about {Host}";
            }

            if (!Addresses.IsEmpty)
                return null;
            return V4.Code == DnsCode.NameError ? $"there is no name {Host} (NXDOMAIN)" : $"{Host} has neither an A nor an AAAA record";
        }
    }

    /// <summary>One line for the evidence.</summary>
    public string Words => Addresses.IsEmpty ? $"{Host}: {Failure}" : $"{Host}: {string.Join(", ", Addresses)}{(V4 is { Aliases.IsEmpty: false } ? $" (by the alias {V4.Target})" : "")}";
}
