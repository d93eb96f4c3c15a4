using System.Globalization;
using System.Text;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// Where a certificate came from: stands in front of it in its own file, since a second file could be lost or be another
/// certificate's. PEM allows such text (RFC 7468 §2).
/// </summary>
/// <param name="Issuer">Which authority, as the store calls it; null for a certificate that was put there by hand.</param>
/// <param name="Account">The account that ordered it; only that may name it in <c>replaces</c> (RFC 9773 §5).</param>
/// <param name="Profile">What was asked for.</param>
internal sealed record CertificateOrigin(string? Issuer, Uri? Account, string? Profile, DateTimeOffset? Obtained)
{
    public static readonly CertificateOrigin ByHand = new(null, null, null, null);

    public string ToText()
    {
        var text = new StringBuilder();
        foreach (var (key, value) in new[]
        {
            (nameof(Issuer), Issuer), (nameof(Account), Account?.AbsoluteUri), (nameof(Profile), Profile), (nameof(Obtained), Obtained?.ToString("O", CultureInfo.InvariantCulture)),
        })
        {
            if (value is not null)
                text.Append(key).Append(": ").Append(value).Append('\n');
        }

        return text.ToString();
    }

    public static CertificateOrigin Read(string pem)
    {
        var origin = ByHand;
        var end = pem.IndexOf("-----BEGIN", StringComparison.Ordinal);
        foreach (var line in pem[..Math.Max(end, 0)].Split('\n'))
        {
            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0)
                continue;

            var value = line[(colon + 2)..].Trim();
            origin = line[..colon] switch
            {
                nameof(Issuer) => origin with { Issuer = value },
                nameof(Account) when Uri.TryCreate(value, UriKind.Absolute, out var account) => origin with { Account = account },
                nameof(Profile) => origin with { Profile = value },
                nameof(Obtained) when DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var obtained)
                    => origin with { Obtained = obtained },
                _ => origin,
            };
        }

        return origin;
    }
}
