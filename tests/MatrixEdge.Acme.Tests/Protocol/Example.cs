using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme.Tests.Protocol;

/// <summary>The example of the library's README, which a test holds to be the same.</summary>
internal static class Example
{
    public static async Task<(string Chain, string Key)> ObtainAsync(
        Uri directory, X509Certificate2Collection? roots, string host, Func<string, string, Task> serveAsync, CancellationToken stop)
    {
        // README: begin
        using var acme = new AcmeClient(new AcmeClientOptions { DirectoryUri = directory, UserAgent = "example/1.0", TrustedRoots = roots });
        using var accountKey = AcmeKey.Create(); // Store accountKey.ToPem(), and use it again: AcmeKey.FromPem.
        await acme.CreateAccountAsync(accountKey, new NewAccount { TermsOfServiceAgreed = true }, stop);

        AcmeIdentifier[] names = [AcmeIdentifier.Of(host)];
        var order = await acme.CreateOrderAsync(new NewOrder(names), stop);
        foreach (var url in order.Authorizations)
        {
            var authorization = await acme.GetAuthorizationAsync(url, stop);
            if (authorization.Status == AcmeAuthorizationStatus.Valid)
                continue; // Proved not long ago.

            var challenge = authorization.Challenges.First(challenge => challenge.Type == Challenges.Http01);
            await serveAsync(Challenges.HttpPath + challenge.Token, accountKey.KeyAuthorization(challenge.Token!)); // On port 80.
            await acme.AnswerChallengeAsync(challenge.Url, stop);
            authorization = await acme.WaitForAuthorizationAsync(url, TimeSpan.FromMinutes(2), stop);
            if (authorization.Status != AcmeAuthorizationStatus.Valid)
                throw new InvalidOperationException($"{host}: {authorization.Challenges.First(other => other.Url == challenge.Url).Error}");
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256); // A new one for each certificate, and never the account's.
        order = await acme.WaitForOrderAsync(order.Location, TimeSpan.FromMinutes(2), stop); // Ready.
        order = await acme.FinalizeAsync(order, CertificateSigning.CreateRequest(names, key), stop);
        order = await acme.WaitForOrderAsync(order.Location, TimeSpan.FromMinutes(2), stop); // Valid.
        var certificate = await acme.DownloadCertificateAsync(order.Certificate!, stop);
        return (certificate.Pem, key.ExportPkcs8PrivateKeyPem());
        // README: end
    }
}
