using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates;

/// <summary>
/// A certificate authority of the gateway's own, for trying out: one root, kept in the store, and one leaf for all names,
/// renewed by itself. Whoever trusts the root trusts whoever can read the store.
/// </summary>
internal sealed class LocalAuthority(StoreDirectory store, IReadOnlyCollection<string> names, TimeProvider time) : ICertificateSource
{
    private const string RootFile = "local-authority/root.pem";
    private const string RootKeyFile = "local-authority/root.key";
    private const string LeafFile = "local-authority/leaf.pem";

    private static readonly TimeSpan RootLifetime = TimeSpan.FromDays(3650);
    private static readonly TimeSpan LeafLifetime = TimeSpan.FromDays(90);

    /// <summary>Where the root is, for the operator to trust.</summary>
    public string RootPath => store.PathOf(RootFile);

    public string Id => "";

    public IReadOnlyCollection<string> Names => names;

    public Task<CertificateBundle?> LoadAsync(CancellationToken stop)
    {
        try
        {
            using var root = LoadRoot() ?? CreateRoot();
            var leaf = LoadLeaf(root);
            return Task.FromResult<CertificateBundle?>(new CertificateBundle(leaf ?? CreateLeaf(root), []));
        }
        catch (StoreException exception)
        {
            throw new CertificateException(exception.Message, exception);
        }
    }

    public Task WaitAsync(CertificateBundle? served, CancellationToken stop)
    {
        var due = served is null ? TimeSpan.FromMinutes(1) : RenewalTime(served.Leaf) - time.GetUtcNow();

        // At most an hour: a computer that slept should notice soon. Overdue means that a renewal just failed.
        var wait = due > TimeSpan.FromHours(1) ? TimeSpan.FromHours(1) : due > TimeSpan.Zero ? due : TimeSpan.FromMinutes(10);
        return Task.Delay(wait, time, stop);
    }

    /// <summary>When a leaf is replaced: with a third of its life left.</summary>
    public static DateTimeOffset RenewalTime(X509Certificate2 leaf)
    {
        var begin = new DateTimeOffset(leaf.NotBefore.ToUniversalTime());
        var end = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());
        return end - ((end - begin) / 3);
    }

    private X509Certificate2? LoadRoot()
    {
        var certificate = store.Read(RootFile);
        var key = store.Read(RootKeyFile);
        if (certificate is null && key is null)
            return null;

        if (certificate is null || key is null)
            throw new CertificateException($"{store.PathOf(certificate is null ? RootFile : RootKeyFile)} is missing; {StartAfresh()}");

        X509Certificate2 root;
        try
        {
            root = X509Certificate2.CreateFromPem(certificate, key);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new CertificateException($"{RootPath} and its key cannot be read: {exception.Message} {StartAfresh()}", exception);
        }

        // A root that ends before a new leaf would is replaced, and has to be trusted anew.
        return root.NotAfter.ToUniversalTime() > (time.GetUtcNow() + LeafLifetime).UtcDateTime ? root : null;
    }

    private string StartAfresh() =>
        $"To get a new authority, which has to be trusted anew, remove {Path.GetDirectoryName(RootPath)} and start again";

    private X509Certificate2 CreateRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=MatrixEdge local authority {time.GetUtcNow():yyyy-MM-dd}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        var now = time.GetUtcNow();
        var root = request.CreateSelfSigned(now.AddHours(-1), now + RootLifetime);

        // The key first: a certificate without its key could not be mended, a key without certificate is just replaced.
        store.Write(RootKeyFile, key.ExportPkcs8PrivateKeyPem(), secret: true);
        store.Write(RootFile, root.ExportCertificatePem(), secret: false);
        return root;
    }

    // The leaf of an earlier start, if it still serves: a restart alone changes nothing for clients.
    private X509Certificate2? LoadLeaf(X509Certificate2 root)
    {
        if (store.Read(LeafFile) is not { } pem)
            return null;

        X509Certificate2 leaf;
        try
        {
            leaf = X509Certificate2.CreateFromPem(pem, pem);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return null;
        }

        var serves = leaf.IssuerName.RawData.AsSpan().SequenceEqual(root.SubjectName.RawData)
            && IssuerKey.IsOf(leaf, root) == true
            && RenewalTime(leaf) > time.GetUtcNow()
            && !new CertificateBundle(leaf, []).Missing(names).Any();
        return serves ? leaf : null;
    }

    private X509Certificate2 CreateLeaf(X509Certificate2 root)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=MatrixEdge", key, HashAlgorithmName.SHA256);
        var subject = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                subject.AddIpAddress(address);
            else
                subject.AddDnsName(name);
        }

        request.CertificateExtensions.Add(subject.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));

        var now = time.GetUtcNow();
        Span<byte> serial = stackalloc byte[16];
        RandomNumberGenerator.Fill(serial);
        serial[0] &= 0x7F;
        using var unkeyed = request.Create(root, now.AddHours(-1), now + LeafLifetime, serial);
        var leaf = unkeyed.CopyWithPrivateKey(key);
        store.Write(LeafFile, leaf.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n", secret: true);
        return leaf;
    }
}
