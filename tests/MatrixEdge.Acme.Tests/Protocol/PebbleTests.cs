using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme.Tests.Protocol;

/// <summary>The client with a real certificate authority.</summary>
public sealed class PebbleTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_example_of_the_README_obtains_a_certificate()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        await using var responder = new ChallengeResponder(pebble.HttpPort, pebble.TlsPort);

        var (chain, key) = await Example.ObtainAsync(pebble.DirectoryUri, [ListenerAuthority.Root], "example.org", responder.PutAsync, stop);

        using var certificate = X509Certificate2.CreateFromPem(chain, key);
        Assert.True(certificate.MatchesHostname("example.org"));
        Assert.True(certificate.HasPrivateKey);
    }

    [Fact]
    public void The_example_of_the_README_is_the_one_that_is_tested()
    {
        var source = Repository.Read("tests/MatrixEdge.Acme.Tests/Protocol/Example.cs");
        var tested = source[source.IndexOf("// README: begin\n", StringComparison.Ordinal)..source.IndexOf("// README: end", StringComparison.Ordinal)]
            .Split('\n')[1..^1].Select(line => line.Length > 8 ? line[8..] : "");

        Assert.Contains("```csharp\n" + string.Join('\n', tested) + "\n```", Repository.Read("src/MatrixEdge.Acme/README.md"));
    }

    [Fact]
    public async Task Gets_through_although_six_of_ten_nonces_are_refused()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { NonceReject = 60 }, stop);
        await using var responder = new ChallengeResponder(pebble.HttpPort, pebble.TlsPort);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await UntilThroughAsync(() => client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop));

        // One call in 165 meets ten refusals in a row, which no client may go on after.
        var order = await UntilThroughAsync(() => client.CreateOrderAsync(Order("a.example", "b.example"), stop));
        foreach (var url in order.Authorizations)
        {
            var authorization = await UntilThroughAsync(() => client.GetAuthorizationAsync(url, stop));
            var challenge = authorization.Challenges.Single(challenge => challenge.Type == Challenges.Http01);
            await responder.PutAsync(Challenges.HttpPath + challenge.Token, account.KeyAuthorization(challenge.Token!));
            await UntilThroughAsync(() => client.AnswerChallengeAsync(challenge.Url, stop));
            authorization = await UntilThroughAsync(() => client.WaitForAuthorizationAsync(url, Limit, stop));
            Assert.Equal(AcmeAuthorizationStatus.Valid, authorization.Status);
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await UntilThroughAsync(() => client.FinalizeAsync(order, CertificateSigning.CreateRequest(order.Identifiers, key), stop));
        order = await UntilThroughAsync(() => client.WaitForOrderAsync(order.Location, Limit, stop));
        var certificate = await UntilThroughAsync(() => client.DownloadCertificateAsync(order.Certificate!, stop));

        Assert.True(certificate.Leaf.MatchesHostname("b.example"));
    }

    [Fact]
    public async Task Proves_a_name_and_an_address_by_tls_alpn_01()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        await using var responder = new ChallengeResponder(pebble.HttpPort, pebble.TlsPort);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);

        var order = await client.CreateOrderAsync(Order("example.org", "127.0.0.1"), stop);
        foreach (var url in order.Authorizations)
        {
            var authorization = await client.GetAuthorizationAsync(url, stop);
            var challenge = authorization.Challenges.Single(challenge => challenge.Type == Challenges.TlsAlpn01);
            responder.Put(
                Challenges.TlsAlpnServerName(authorization.Identifier),
                Challenges.CreateTlsAlpnCertificate(authorization.Identifier, account.KeyAuthorization(challenge.Token!)));
            await client.AnswerChallengeAsync(challenge.Url, stop);
            authorization = await client.WaitForAuthorizationAsync(url, Limit, stop);
            Assert.True(authorization.Status == AcmeAuthorizationStatus.Valid, string.Join('\n', authorization.Challenges.Select(one => $"{one.Type}: {one.Error}")));
        }

        Assert.Equal(AcmeOrderStatus.Ready, (await client.WaitForOrderAsync(order.Location, Limit, stop)).Status);
    }

    [Fact]
    public async Task Proves_a_wildcard_by_dns_01()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);

        var order = await client.CreateOrderAsync(Order("*.example.org"), stop);
        var authorization = await client.GetAuthorizationAsync(order.Authorizations[0], stop);
        var challenge = authorization.Challenges.Single(challenge => challenge.Type == Challenges.Dns01);
        await pebble.MockDns.AddTxtAsync(Challenges.DnsRecordName(order.Identifiers[0]), Challenges.DnsRecordValue(account.KeyAuthorization(challenge.Token!)));
        await client.AnswerChallengeAsync(challenge.Url, stop);

        Assert.True(authorization.Wildcard);
        Assert.Equal(AcmeIdentifier.Of("example.org"), authorization.Identifier);
        Assert.Equal(AcmeAuthorizationStatus.Valid, (await client.WaitForAuthorizationAsync(authorization.Location, Limit, stop)).Status);
    }

    [Fact]
    public async Task Says_why_a_name_was_not_proved()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        await using var responder = new ChallengeResponder(pebble.HttpPort, pebble.TlsPort);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);
        var order = await client.CreateOrderAsync(Order("example.org"), stop);
        var challenge = (await client.GetAuthorizationAsync(order.Authorizations[0], stop)).Challenges.Single(challenge => challenge.Type == Challenges.Http01);
        await responder.PutAsync(Challenges.HttpPath + challenge.Token, "something else");

        await client.AnswerChallengeAsync(challenge.Url, stop);
        var authorization = await client.WaitForAuthorizationAsync(order.Authorizations[0], Limit, stop);

        Assert.Equal(AcmeAuthorizationStatus.Invalid, authorization.Status);
        var error = authorization.Challenges.Single(one => one.Url == challenge.Url).Error!;
        Assert.True(error.Is(AcmeErrors.Unauthorized), error.ToString());
        Assert.Equal(AcmeOrderStatus.Invalid, (await client.GetOrderAsync(order.Location, stop)).Status);
    }

    [Fact]
    public async Task Finds_changes_and_closes_an_account()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        using var client = Client(pebble);
        using var key = AcmeKey.Create();
        using var newKey = AcmeKey.Create();
        Assert.Null(await client.FindAccountAsync(key, stop));
        Assert.Null(client.AccountUri);

        var made = await client.CreateAccountAsync(key, new NewAccount { Contacts = ["mailto:one@example.org"], TermsOfServiceAgreed = true }, stop);
        var again = await client.CreateAccountAsync(key, new NewAccount { TermsOfServiceAgreed = true }, stop);
        var found = await client.FindAccountAsync(key, stop);
        Assert.True(made.IsNew);
        Assert.False(again.IsNew);
        Assert.Equal(made.Location, found!.Location);
        Assert.Equal(["mailto:one@example.org"], found.Contacts);

        var updated = await client.UpdateAccountAsync(["mailto:two@example.org"], stop);
        Assert.Equal(["mailto:two@example.org"], updated.Contacts);
        Assert.Equal(["mailto:two@example.org"], (await client.GetAccountAsync(stop)).Contacts);

        await client.ChangeKeyAsync(newKey, stop);
        Assert.Equal(AcmeAccountStatus.Valid, (await client.GetAccountAsync(stop)).Status);
        using var other = Client(pebble);
        Assert.Null(await other.FindAccountAsync(key, stop));
        Assert.Equal(made.Location, (await other.FindAccountAsync(newKey, stop))!.Location);

        await client.DeactivateAccountAsync(stop);
        Assert.Null(client.AccountUri);
        var closed = await Assert.ThrowsAsync<AcmeException>(() => other.CreateOrderAsync(Order("example.org"), stop));
        Assert.True(closed.Problem!.Is(AcmeErrors.Unauthorized), closed.Message);
    }

    [Fact]
    public async Task Goes_on_with_a_stored_account()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        using var key = AcmeKey.Create();
        Uri location;
        using (var before = Client(pebble))
            location = (await before.CreateAccountAsync(key, new NewAccount { TermsOfServiceAgreed = true }, stop)).Location;

        using var client = Client(pebble);
        using var stored = AcmeKey.FromPem(key.ToPem());
        client.SignIn(stored, location);
        var order = await client.CreateOrderAsync(Order("example.org"), stop);
        Assert.Equal(AcmeOrderStatus.Pending, order.Status);

        await pebble.RestartAsync(stop);
        var forgotten = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order("example.org"), stop));
        Assert.True(forgotten.Problem!.Is(AcmeErrors.AccountDoesNotExist), forgotten.Message);
    }

    [Fact]
    public async Task Binds_an_external_account()
    {
        AcmeTools.SkipWithoutPebble();
        const string MacKey = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W";
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { ExternalAccountKeys = new Dictionary<string, string> { ["kid-1"] = MacKey } }, stop);
        using var client = Client(pebble);
        using var key = AcmeKey.Create();

        Assert.True((await client.GetDirectoryAsync(stop)).Meta.ExternalAccountRequired);
        var none = await Assert.ThrowsAsync<AcmeException>(() => client.CreateAccountAsync(key, new NewAccount { TermsOfServiceAgreed = true }, stop));
        Assert.True(none.Problem!.Is(AcmeErrors.ExternalAccountRequired), none.Message);
        var wrong = await Assert.ThrowsAsync<AcmeException>(() => client.CreateAccountAsync(
            key, new NewAccount { TermsOfServiceAgreed = true, ExternalAccountBinding = new ExternalAccountBinding("kid-1", new byte[32]) }, stop));
        Assert.True(wrong.Problem!.Is(AcmeErrors.Unauthorized), wrong.Message);

        var account = await client.CreateAccountAsync(
            key, new NewAccount { TermsOfServiceAgreed = true, ExternalAccountBinding = ExternalAccountBinding.FromBase64Url("kid-1", MacKey) }, stop);
        Assert.True(account.IsNew);
    }

    [Fact]
    public async Task Renews_with_profile_alternates_and_renewal_information()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, AlternateRoots = 2, ChainLength = 2 }, stop);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);
        Assert.Contains("shortlived", (await client.GetDirectoryAsync(stop)).Meta.Profiles.Keys);

        var (certificate, _) = await ObtainAsync(client, Order("example.org") with { Profile = "shortlived" });
        Assert.Equal(160, (certificate.Leaf.NotAfter - certificate.Leaf.NotBefore).TotalHours, tolerance: 0.01);
        Assert.Equal(2, certificate.Chain.Count);
        Assert.Equal(2, certificate.Alternates.Count);
        var alternate = await client.DownloadCertificateAsync(certificate.Alternates[1], stop);
        Assert.Equal(certificate.Leaf.Thumbprint, alternate.Leaf.Thumbprint);
        Assert.NotEqual(certificate.Chain[^1].Thumbprint, alternate.Chain[^1].Thumbprint);

        var renewal = (await client.GetRenewalInfoAsync(certificate.Leaf, stop))!;
        Assert.InRange(renewal.Start, certificate.Leaf.NotBefore, certificate.Leaf.NotAfter);
        Assert.True(renewal.End > renewal.Start);
        var start = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await pebble.SetRenewalWindowAsync(certificate.Pem, start, start.AddDays(1), "https://ca.example/why", stop);
        renewal = (await client.GetRenewalInfoAsync(certificate.Leaf, stop))!;
        Assert.Equal((start, start.AddDays(1), new Uri("https://ca.example/why")), (renewal.Start, renewal.End, renewal.ExplanationUri!));
        await pebble.SetRenewalInfoAsync(certificate.Pem, """{"suggestedWindow":{"start":"soon"}}""", stop);
        var garbage = await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync(certificate.Leaf, stop));
        Assert.Contains("\"suggestedWindow.start\" should be a time", garbage.Message);

        var next = Order("example.org") with { Profile = "shortlived", Replaces = AcmeRenewalInfo.CertificateId(certificate.Leaf) };
        var (renewed, _) = await ObtainAsync(client, next);
        Assert.NotEqual(certificate.Leaf.SerialNumber, renewed.Leaf.SerialNumber);
        var twice = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(next, stop));
        Assert.True(twice.Problem!.Is(AcmeErrors.AlreadyReplaced), twice.Message);
        Assert.Equal(HttpStatusCode.Conflict, twice.StatusCode);
    }

    [Fact]
    public async Task Is_refused_in_words_that_say_why()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);

        var blocked = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order("blocked.example"), stop));
        var profile = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order("example.org") with { Profile = "none such" }, stop));
        var order = await client.CreateOrderAsync(Order("example.org"), stop);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var early = await Assert.ThrowsAsync<AcmeException>(() => client.FinalizeAsync(order, CertificateSigning.CreateRequest(order.Identifiers, key), stop));

        Assert.True(blocked.Problem!.Is(AcmeErrors.RejectedIdentifier), blocked.Message);
        Assert.StartsWith($"The ACME server refused a new order ({pebble.DirectoryUri.GetLeftPart(UriPartial.Authority)}/order-plz): rejectedIdentifier: ", blocked.Message);
        Assert.True(profile.Problem!.Is(AcmeErrors.InvalidProfile), profile.Message);
        Assert.True(early.Problem!.Is(AcmeErrors.OrderNotReady), early.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Revokes_by_account_and_by_the_certificates_own_key(bool byItsKey)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, stop);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);
        var (certificate, key) = await ObtainAsync(client, Order("example.org"));
        using var stranger = Client(pebble);

        await (byItsKey ? stranger : client).RevokeAsync(certificate.Leaf, RevocationReason.KeyCompromise, byItsKey ? key : null, stop);
        await (byItsKey ? stranger : client).RevokeAsync(certificate.Leaf, RevocationReason.KeyCompromise, byItsKey ? key : null, stop);

        Assert.Equal("Revoked", (await pebble.GetStatusAsync(certificate.Leaf, stop)).GetProperty("Status").GetString());
        Assert.True((await client.GetRenewalInfoAsync(certificate.Leaf, stop))!.End < DateTimeOffset.UtcNow);
    }

    [Fact]
    public async Task Lists_orders_over_several_pages_and_gives_authorizations_back()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { OrdersPerPage = 2 }, stop);
        using var client = Client(pebble);
        using var account = AcmeKey.Create();
        await client.CreateAccountAsync(account, new NewAccount { TermsOfServiceAgreed = true }, stop);
        var made = new List<AcmeOrder>();
        for (var i = 0; i < 5; i++)
            made.Add(await client.CreateOrderAsync(Order($"n{i}.example"), stop));

        var listed = await client.GetOrdersAsync(stop);
        var given = await client.DeactivateAuthorizationAsync(made[0].Authorizations[0], stop);

        Assert.Equal(made.Select(order => order.Location.AbsoluteUri).Order(), listed.Select(order => order.AbsoluteUri).Order());
        Assert.Equal(AcmeAuthorizationStatus.Deactivated, given.Status);
    }

    private static AcmeClient Client(PebbleServer pebble) =>
        new(new AcmeClientOptions { DirectoryUri = pebble.DirectoryUri, UserAgent = "MatrixEdge-tests", TrustedRoots = [ListenerAuthority.Root] });

    private static NewOrder Order(params string[] hosts) => new([.. hosts.Select(AcmeIdentifier.Of)]);

    private async Task<(AcmeCertificate Certificate, ECDsa Key)> ObtainAsync(AcmeClient client, NewOrder request)
    {
        var order = await client.CreateOrderAsync(request, stop);
        foreach (var url in order.Authorizations)
        {
            var authorization = await client.GetAuthorizationAsync(url, stop);
            if (authorization.Status == AcmeAuthorizationStatus.Pending)
                await client.AnswerChallengeAsync(authorization.Challenges[0].Url, stop);
            Assert.Equal(AcmeAuthorizationStatus.Valid, (await client.WaitForAuthorizationAsync(url, Limit, stop)).Status);
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        order = await client.WaitForOrderAsync(order.Location, Limit, stop);
        await client.FinalizeAsync(order, CertificateSigning.CreateRequest(order.Identifiers, key), stop);
        order = await client.WaitForOrderAsync(order.Location, Limit, stop);
        Assert.Equal(request.Profile ?? order.Profile, order.Profile);
        return (await client.DownloadCertificateAsync(order.Certificate!, stop), key);
    }

    private static async Task<T> UntilThroughAsync<T>(Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (AcmeException exception) when (exception.Problem?.Is(AcmeErrors.BadNonce) == true && attempt < 4)
            {
                // Ten in a row.
            }
        }
    }
}
