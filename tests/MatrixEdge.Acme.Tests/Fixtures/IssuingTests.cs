using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.Acme.Tests.Fixtures;

/// <summary>What a whole order shows of Pebble's options, its management, and the proxy before it.</summary>
public sealed class IssuingTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_is_validated_by_what_the_mock_name_server_says()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        using var key = AcmeKey.Create();
        using var client = await SignInAsync(pebble.DirectoryUri, key);

        var failed = await AuthorizeAsync(client, key, "example.com", (name, _) => pebble.MockDns.AddTxtAsync(name, "wrong"));
        var met = await AuthorizeAsync(client, key, "example.com", async (name, value) =>
        {
            await pebble.MockDns.ClearTxtAsync(name);
            await pebble.MockDns.SetCnameAsync(name, "elsewhere.example.org");
            await pebble.MockDns.AddTxtAsync("elsewhere.example.org", value);
        });

        Assert.Equal(AcmeAuthorizationStatus.Invalid, failed);
        Assert.Equal(AcmeAuthorizationStatus.Valid, met);
        await LoggedAsync(() => pebble is { Validations: 2, FailedValidations: 1, Orders: 2, Issued: 0 }, pebble);
    }

    [Fact]
    public async Task A_name_is_validated_at_the_port_that_is_told()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        using var key = AcmeKey.Create();
        using var client = await SignInAsync(pebble.DirectoryUri, key);
        var order = await client.CreateOrderAsync(new NewOrder([AcmeIdentifier.Of("example.com")]), Stop);
        var authorization = await client.GetAuthorizationAsync(order.Authorizations[0], Stop);
        var challenge = authorization.Challenges.Single(one => one.Type == Challenges.Http01);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, pebble.HttpPort));
        await using var site = builder.Build();
        var asked = new ConcurrentDictionary<string, int>(); // It looks several times at once, as if from several places.
        site.Run(context =>
        {
            asked[context.Request.Host.Host + context.Request.Path] = 1;
            return context.Response.WriteAsync(key.KeyAuthorization(challenge.Token!), Stop);
        });
        await site.StartAsync(Stop);

        await client.AnswerChallengeAsync(challenge.Url, Stop);

        Assert.Equal(AcmeAuthorizationStatus.Valid, (await client.WaitForAuthorizationAsync(authorization.Location, Limit, Stop)).Status);
        Assert.Equal(["example.com/.well-known/acme-challenge/" + challenge.Token], asked.Keys);
    }

    [Fact]
    public async Task The_chain_is_as_long_as_wanted_and_ends_at_the_root_that_is_told()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, ChainLength = 3, AlternateRoots = 2, NonceReject = 50 }, Stop);
        using var key = AcmeKey.Create();
        using var client = await SignInAsync(pebble.DirectoryUri, key);

        var certificate = await IssueAsync(client, "tlsserver", "example.com");

        Assert.Equal(3, certificate.Chain.Count);
        Assert.Equal(2, certificate.Alternates.Count);
        Assert.InRange(certificate.Leaf.NotAfter - certificate.Leaf.NotBefore, TimeSpan.FromDays(45) - Limit, TimeSpan.FromDays(45) + Limit);
        using var root = await pebble.GetIssuingRootAsync(0, Stop);
        Assert.Equal(root.SubjectName.RawData, certificate.Chain[^1].IssuerName.RawData);
        using var other = await pebble.GetIssuingRootAsync(1, Stop);
        Assert.NotEqual(root.Subject, other.Subject);
    }

    [Fact]
    public async Task The_renewal_window_and_the_status_of_a_certificate_are_in_the_hands_of_the_test()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        using var key = AcmeKey.Create();
        using var client = await SignInAsync(pebble.DirectoryUri, key);
        var certificate = await IssueAsync(client, "classic", "example.com");
        var start = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

        await pebble.SetRenewalWindowAsync(certificate.Pem, start, start.AddDays(1), "https://ca.example/why", Stop);

        var window = await client.GetRenewalInfoAsync(certificate.Leaf, Stop);
        Assert.Equal((start, start.AddDays(1), "https://ca.example/why"), (window!.Start, window.End, window.ExplanationUri!.AbsoluteUri));
        await pebble.SetRenewalInfoAsync(certificate.Pem, "<html>", Stop);
        await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync(certificate.Leaf, Stop));
        Assert.Equal("Valid", (await pebble.GetStatusAsync(certificate.Leaf, Stop)).GetProperty("Status").GetString());
        await client.RevokeAsync(certificate.Leaf, RevocationReason.Superseded, null, Stop);
        Assert.Equal("Revoked", (await pebble.GetStatusAsync(certificate.Leaf, Stop)).GetProperty("Status").GetString());
    }

    [Fact]
    public async Task The_proxy_knows_every_step_by_its_kind()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        using var key = AcmeKey.Create();
        using var client = await SignInAsync(proxy.DirectoryUri, key);

        var certificate = await IssueAsync(client, "classic", "example.com");
        await client.GetRenewalInfoAsync(certificate.Leaf, Stop);
        await client.GetAccountAsync(Stop);
        await client.GetOrdersAsync(Stop);
        await client.RevokeAsync(certificate.Leaf, RevocationReason.Superseded, null, Stop);
        using var next = AcmeKey.Create();
        await client.ChangeKeyAsync(next, Stop);

        Assert.DoesNotContain(proxy.Requests, request => request.Kind == AcmeRequest.Other || !request.IsDone);
        Assert.Empty(Enum.GetValues<AcmeRequest>().Except([AcmeRequest.Other]).Except(proxy.Requests.Select(request => request.Kind)));
        var order = Assert.Single(proxy.Requests, request => request.Kind == AcmeRequest.NewOrder);
        Assert.Equal("classic", order.Payload!.Value.GetProperty("profile").GetString());
        Assert.Equal(1, proxy.CountDone(AcmeRequest.Finalize));
        await LoggedAsync(() => pebble is { Orders: 1, Issued: 1 }, pebble);
    }

    [Fact]
    public async Task An_account_needs_the_key_that_binds_it()
    {
        AcmeTools.SkipWithoutPebble();
        const string Secret = "bm90IGEgc2VjcmV0LCBvbmx5IHVzZWQgaW4gdGVzdHM";
        await using var pebble = await PebbleServer.StartAsync(
            new PebbleOptions { ExternalAccountKeys = new Dictionary<string, string> { ["kid-1"] = Secret } }, Stop);
        using var key = AcmeKey.Create();
        using var client = Client(pebble.DirectoryUri);

        var refused = await Assert.ThrowsAsync<AcmeException>(() => client.CreateAccountAsync(key, new NewAccount { TermsOfServiceAgreed = true }, Stop));
        var account = await client.CreateAccountAsync(
            key, new NewAccount { TermsOfServiceAgreed = true, ExternalAccountBinding = ExternalAccountBinding.FromBase64Url("kid-1", Secret) }, Stop);

        Assert.True(refused.Problem!.Is(AcmeErrors.ExternalAccountRequired));
        Assert.True(account.IsNew);
    }

    private static AcmeClient Client(Uri directory) =>
        new(new AcmeClientOptions { DirectoryUri = directory, UserAgent = "MatrixEdge-tests", TrustedRoots = [ListenerAuthority.Root] });

    private static async Task<AcmeClient> SignInAsync(Uri directory, AcmeKey key)
    {
        var client = Client(directory);
        await client.CreateAccountAsync(key, new NewAccount { TermsOfServiceAgreed = true }, Stop);
        return client;
    }

    private static async Task<AcmeAuthorizationStatus> AuthorizeAsync(AcmeClient client, AcmeKey key, string name, Func<string, string, Task> publish)
    {
        var order = await client.CreateOrderAsync(new NewOrder([AcmeIdentifier.Of(name)]), Stop);
        var authorization = await client.GetAuthorizationAsync(order.Authorizations[0], Stop);
        var challenge = authorization.Challenges.Single(one => one.Type == Challenges.Dns01);
        await publish(Challenges.DnsRecordName(authorization.Identifier), Challenges.DnsRecordValue(key.KeyAuthorization(challenge.Token!)));
        await client.AnswerChallengeAsync(challenge.Url, Stop);
        return (await client.WaitForAuthorizationAsync(authorization.Location, Limit, Stop)).Status;
    }

    private static async Task<AcmeCertificate> IssueAsync(AcmeClient client, string profile, string name)
    {
        var order = await client.CreateOrderAsync(new NewOrder([AcmeIdentifier.Of(name)]) { Profile = profile }, Stop);
        var authorization = await client.GetAuthorizationAsync(order.Authorizations[0], Stop);
        await client.AnswerChallengeAsync(authorization.Challenges[0].Url, Stop);
        await client.WaitForAuthorizationAsync(authorization.Location, Limit, Stop);
        order = await client.WaitForOrderAsync(order.Location, Limit, Stop);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await client.FinalizeAsync(order, CertificateSigning.CreateRequest(order.Identifiers, key), Stop);
        order = await client.WaitForOrderAsync(order.Location, Limit, Stop);
        return await client.DownloadCertificateAsync(order.Certificate!, Stop);
    }

    private static async Task LoggedAsync(Func<bool> condition, PebbleServer pebble)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(Limit);
        while (!condition())
        {
            Assert.False(patience.IsCancellationRequested, string.Join('\n', pebble.Log));
            await Task.Delay(10, Stop);
        }
    }
}
