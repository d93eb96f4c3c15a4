using System.Net;

namespace MatrixEdge.Acme;

/// <summary>What a certificate is for: a DNS name (RFC 8555 §9.7.7) or an IP address (RFC 8738 §3).</summary>
/// <param name="Type"><c>dns</c> or <c>ip</c>.</param>
/// <param name="Value">The name in lower case and ASCII without a dot at its end, possibly with <c>*.</c> in front; or the address.</param>
public sealed record AcmeIdentifier(string Type, string Value)
{
    /// <summary>The identifier of a host: an address if it is one, otherwise a DNS name.</summary>
    public static AcmeIdentifier Of(string host)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        return IPAddress.TryParse(host.Trim('[', ']'), out var address)
            ? new AcmeIdentifier("ip", address.ToString())
            : new AcmeIdentifier("dns", host.TrimEnd('.').ToLowerInvariant());
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
