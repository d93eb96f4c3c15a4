using System.Security.Cryptography;
using System.Text.Json;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// Certificates of other days, of a real authority: in the store of a gateway that does not run, as if it had ordered them
/// then, with its account. The Pebble must take every name for proved.
/// </summary>
internal static class OlderCertificate
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Puts one into the store as the newest.</summary>
    /// <param name="age">How long it has been valid.</param>
    /// <param name="left">How long it still is; below zero: it has expired.</param>
    public static async Task<AcmeCertificate> PutAsync(AcmeGateway gateway, TimeSpan age, TimeSpan left, string site = "example.com", params string[] names)
    {
        var now = gateway.Time.GetUtcNow();
        var (certificate, account, key) = await OrderAsync(gateway, null, now - age, now + left, names);
        var pem = certificate.Pem + key;
        var bundle = PemBundle.Read(pem, site, pem, site);
        var origin = new CertificateOrigin(IssuerSettings.IdOf(gateway.DirectoryUri), account, "classic", now - age);
        await new CertificateArchive(StoreOf(gateway), site, NullLogger<CertificateArchive>.Instance).SaveAsync(bundle, pem, origin, Stop);
        return certificate;
    }

    /// <summary>Somebody with the gateway's account renews the certificate, and the gateway does not hear of it.</summary>
    public static Task ReplaceElsewhereAsync(AcmeGateway gateway, AcmeCertificate certificate) =>
        OrderAsync(gateway, AcmeRenewalInfo.CertificateId(certificate.Leaf), null, null);

    private static async Task<(AcmeCertificate Certificate, Uri Account, string PrivateKey)> OrderAsync(
        AcmeGateway gateway, string? replaces, DateTimeOffset? notBefore, DateTimeOffset? notAfter, params string[] names)
    {
        var options = new AcmeClientOptions { DirectoryUri = gateway.DirectoryUri, UserAgent = "MatrixEdge-tests", TrustedRoots = [ListenerAuthority.Root] };
        using var client = new AcmeClient(options);
        using var accountKey = await SignInAsync(gateway, client);
        string[] all = names.Length > 0 ? names : ["example.com", "matrix.example.com"];
        var order = await client.CreateOrderAsync(
            new NewOrder([.. all.Select(AcmeIdentifier.Of)]) { Profile = "classic", Replaces = replaces, NotBefore = notBefore, NotAfter = notAfter }, Stop);
        foreach (var location in order.Authorizations)
        {
            var authorization = await client.GetAuthorizationAsync(location, Stop);
            if (authorization.Status == AcmeAuthorizationStatus.Pending)
                await client.AnswerChallengeAsync(authorization.Challenges[0].Url, Stop);
        }

        order = await client.WaitForOrderAsync(order.Location, Limit, Stop);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await client.FinalizeAsync(order, CertificateSigning.CreateRequest(order.Identifiers, key), Stop);
        order = await client.WaitForOrderAsync(order.Location, Limit, Stop);
        return (await client.DownloadCertificateAsync(order.Certificate!, Stop), client.AccountUri!, key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    private static async Task<AcmeKey> SignInAsync(AcmeGateway gateway, AcmeClient client)
    {
        IStore store = StoreOf(gateway);
        var file = $"acme/{IssuerSettings.IdOf(gateway.DirectoryUri)}/account.json";
        if (await store.ReadAsync(file, Stop) is { } text)
        {
            var known = JsonSerializer.Deserialize<StoredAccount>(text)!;
            var knownKey = AcmeKey.FromPem(known.PrivateKey);
            client.SignIn(knownKey, known.Location!);
            return knownKey;
        }

        var key = AcmeKey.Create();
        var account = await client.CreateAccountAsync(key, new NewAccount { TermsOfServiceAgreed = true }, Stop);
        await store.WriteAsync(file, JsonSerializer.Serialize(new StoredAccount(gateway.DirectoryUri, key.ToPem(), account.Location, null, gateway.Time.GetUtcNow())), Stop);
        return key;
    }

    private static StoreDirectory StoreOf(AcmeGateway gateway) => new StoreDirectory(new StoreSettings(gateway.Store), gateway.Time);
}
