using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Listening;

/// <summary>
/// What stands in on 443 for a certificate that does not exist yet: self-signed, made when first needed, kept in memory only. Its
/// subject tells whoever looks at a browser's warning what is going on.
/// </summary>
internal sealed class StopgapCertificate(TimeProvider time)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    private readonly Lock gate = new();
    private volatile Made? made;

    /// <summary>Made anew only when other names wait for a certificate, or when it gets old.</summary>
    public TlsIdentity IdentityFor(ImmutableArray<string> names)
    {
        if (made is { } present && Serves(present, names))
            return present.Identity;

        lock (gate)
        {
            if (made is { } other && Serves(other, names))
                return other.Identity;

            // The one before may be in the middle of a handshake: it is left to the garbage collector.
            var now = time.GetUtcNow();
            var next = new Made(names, now + (Lifetime / 2), TlsIdentity.Of(new CertificateBundle(Make(names, now), [])));
            made = next;
            return next.Identity;
        }
    }

    private bool Serves(Made present, ImmutableArray<string> names) =>
        (present.Names == names || present.Names.AsSpan().SequenceEqual(names.AsSpan())) && time.GetUtcNow() < present.MakeAnewAt;

    private static X509Certificate2 Make(ImmutableArray<string> names, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MatrixEdge has no certificate yet", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        if (!names.IsEmpty)
        {
            var subject = new SubjectAlternativeNameBuilder();
            foreach (var name in names)
            {
                if (IPAddress.TryParse(name, out var address))
                    subject.AddIpAddress(address);
                else
                    subject.AddDnsName(name);
            }

            request.CertificateExtensions.Add(subject.Build());
        }

        return request.CreateSelfSigned(now.AddHours(-1), now + Lifetime);
    }

    private sealed record Made(ImmutableArray<string> Names, DateTimeOffset MakeAnewAt, TlsIdentity Identity);
}
