using System.Buffers.Text;
using System.Formats.Asn1;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MatrixEdge.Acme;

/// <summary>What the answers to challenges look like (RFC 8555 §8, RFC 8737, RFC 8738). Pure functions.</summary>
public static class Challenges
{
    /// <summary>A file on port 80 (RFC 8555 §8.3): at <see cref="HttpPath"/> + token, with the key authorization as body.</summary>
    public const string Http01 = "http-01";

    /// <summary>A certificate on port 443 in a handshake with the protocol <c>acme-tls/1</c> (RFC 8737).</summary>
    public const string TlsAlpn01 = "tls-alpn-01";

    /// <summary>A TXT record (RFC 8555 §8.4); the only one for wildcards.</summary>
    public const string Dns01 = "dns-01";

    /// <summary>Where http-01 is answered; the token follows.</summary>
    public const string HttpPath = "/.well-known/acme-challenge/";

    private const int LongestToken = 256;
    private const string AcmeIdentifierExtension = "1.3.6.1.5.5.7.1.31";

    /// <summary>Whether this can be a token (RFC 8555 §8): characters of base64url, at least one and at most 256.</summary>
    public static bool IsToken(string text) =>
        text is { Length: > 0 and <= LongestToken } && text.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_');

    /// <summary>The name of the TXT record for dns-01 (RFC 8555 §8.4), without a dot at its end; the same for a name and its wildcard.</summary>
    /// <exception cref="ArgumentException">The identifier is an address, for which there is no dns-01.</exception>
    public static string DnsRecordName(AcmeIdentifier identifier)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        if (identifier.Type != "dns")
            throw new ArgumentException($"{identifier} is not a DNS name; dns-01 is for names only (RFC 8738 §7).", nameof(identifier));
        return "_acme-challenge." + (identifier.Value.StartsWith("*.", StringComparison.Ordinal) ? identifier.Value[2..] : identifier.Value);
    }

    /// <summary>The value of the TXT record for dns-01 (RFC 8555 §8.4): 43 characters. Several may stand at one name.</summary>
    public static string DnsRecordValue(string keyAuthorization)
    {
        ArgumentException.ThrowIfNullOrEmpty(keyAuthorization);
        return Base64Url.EncodeToString(Digest(keyAuthorization));
    }

    /// <summary>
    /// The certificate for tls-alpn-01 (RFC 8737 §3), with a private key of its own; the caller disposes it. Its dates are wide,
    /// because nobody looks at them.
    /// </summary>
    public static X509Certificate2 CreateTlsAlpnCertificate(AcmeIdentifier identifier, string keyAuthorization)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        ArgumentException.ThrowIfNullOrEmpty(keyAuthorization);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ACME challenge", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(CertificateSigning.AlternativeNames([identifier]));
        var digest = new AsnWriter(AsnEncodingRules.DER);
        digest.WriteOctetString(Digest(keyAuthorization));
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifierExtension, digest.Encode(), critical: true));
        return request.CreateSelfSigned(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2049, 12, 31, 0, 0, 0, TimeSpan.Zero));
    }

    /// <summary>The server name that the authority sends in the handshake of tls-alpn-01: the name, or the reverse name of an address (RFC 8738 §6).</summary>
    public static string TlsAlpnServerName(AcmeIdentifier identifier)
    {
        ArgumentNullException.ThrowIfNull(identifier);
        if (identifier.Type != "ip")
            return identifier.Value;

        var address = IPAddress.Parse(identifier.Value);
        var bytes = address.GetAddressBytes();
        Array.Reverse(bytes);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? string.Join('.', bytes) + ".in-addr.arpa"
            : string.Join('.', bytes.Select(octet => $"{octet & 15:x}.{octet >> 4:x}")) + ".ip6.arpa";
    }

    private static byte[] Digest(string keyAuthorization) => SHA256.HashData(Encoding.UTF8.GetBytes(keyAuthorization));
}
