using System.Globalization;
using System.Net;
using System.Text;

namespace MatrixEdge.Acme;

/// <summary>What a certificate is for: a DNS name (RFC 8555 §9.7.7) or an IP address (RFC 8738 §3).</summary>
/// <param name="Type"><c>dns</c> or <c>ip</c>.</param>
/// <param name="Value">The name in lower case and ASCII without a dot at its end, possibly with <c>*.</c> in front; or the address.</param>
public sealed record AcmeIdentifier(string Type, string Value)
{
    /// <summary>The identifier of a host: an address if it is one, otherwise a DNS name, in Punycode if it needs that (RFC 5890 §2.3.2.1).</summary>
    /// <exception cref="ArgumentException">There is no host, or its name cannot be written in Punycode.</exception>
    public static AcmeIdentifier Of(string host)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        return IPAddress.TryParse(host.Trim('[', ']'), out var address)
            ? new AcmeIdentifier("ip", address.ToString())
            : new AcmeIdentifier("dns", (Ascii.IsValid(host) ? host : new IdnMapping().GetAscii(host)).TrimEnd('.').ToLowerInvariant());
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
