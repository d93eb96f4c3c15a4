using System.Buffers.Text;

namespace MatrixEdge.Acme;

/// <summary>Binds a new ACME account to one that exists at the certificate authority (RFC 8555 §7.3.4), by HS256.</summary>
/// <param name="KeyId">The key identifier that the authority gave.</param>
/// <param name="Key">The MAC key that the authority gave, a secret.</param>
public sealed record ExternalAccountBinding(string KeyId, byte[] Key)
{
    /// <summary>Reads the MAC key as authorities print it: base64url, or base64, with or without padding.</summary>
    /// <exception cref="ArgumentException">The text is neither; the message does not repeat it.</exception>
    public static ExternalAccountBinding FromBase64Url(string keyId, string text)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(keyId);
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        try
        {
            var key = Base64Url.DecodeFromChars(text.Trim().Replace('+', '-').Replace('/', '_').TrimEnd('='));
            return key.Length > 0 ? new ExternalAccountBinding(keyId.Trim(), key) : throw new FormatException();
        }
        catch (FormatException)
        {
            throw new ArgumentException($"The MAC key of the external account \"{keyId}\" is not base64url; copy it as the certificate authority shows it.", nameof(text));
        }
    }

    /// <summary>The key identifier, never the key.</summary>
    public override string ToString() => $"external account {KeyId}";
}
