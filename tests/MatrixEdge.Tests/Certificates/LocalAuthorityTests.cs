using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Storage;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Certificates;

public sealed class LocalAuthorityTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ManualTime time = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_leaf_is_for_all_names_and_signed_by_the_root()
    {
        var authority = Authority("example.com", "127.0.0.1", "::1");

        var bundle = (await authority.LoadAsync(TestContext.Current.CancellationToken))!;

        Assert.Equal(["example.com", "127.0.0.1", "::1"], bundle.Names);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authority.RootPath));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().UtcDateTime;
        Assert.True(chain.Build(bundle.Leaf), string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation)));
    }

    [Fact]
    public async Task Keys_are_readable_by_their_owner_alone()
    {
        await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken);

        foreach (var name in new[] { "root.key", "leaf.pem" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File("store/local-authority/" + name)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.File("store/local-authority")));
    }

    [Fact]
    public async Task A_restart_changes_nothing()
    {
        var before = (await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))!;
        time.Advance(TimeSpan.FromDays(30));

        var after = (await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))!;

        Assert.True(before.SameAs(after));
    }

    [Fact]
    public async Task Another_name_gets_another_leaf_of_the_same_root()
    {
        var before = Authority("example.com");
        var first = (await before.LoadAsync(TestContext.Current.CancellationToken))!;
        var root = File.ReadAllText(before.RootPath);

        var second = (await Authority("example.com", "matrix.example.com").LoadAsync(TestContext.Current.CancellationToken))!;

        Assert.False(first.SameAs(second));
        Assert.Equal(["example.com", "matrix.example.com"], second.Names);
        Assert.Equal(root, File.ReadAllText(before.RootPath));
    }

    [Fact]
    public async Task The_leaf_is_renewed_when_a_third_of_its_life_is_left()
    {
        var first = (await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))!;

        time.Advance(TimeSpan.FromDays(59));
        Assert.True(first.SameAs((await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))!));
        time.Advance(TimeSpan.FromDays(2));
        Assert.False(first.SameAs((await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))!));
    }

    [Fact]
    public async Task The_source_says_when_that_is()
    {
        var authority = Authority("example.com");
        var bundle = (await authority.LoadAsync(TestContext.Current.CancellationToken))!;
        time.Advance(TimeSpan.FromDays(59.9));

        var due = authority.WaitAsync(bundle, CancellationToken.None);
        for (var hours = 0; hours < 12 && !due.IsCompleted; hours++)
        {
            time.Advance(TimeSpan.FromHours(1));
            await Task.Yield();
        }

        await due.WaitAsync(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData("root.key", null, "root.key is missing; To get a new authority, which has to be trusted anew, remove ")]
    [InlineData("root.pem", "rubbish", " and its key cannot be read: ")]
    public async Task A_damaged_authority_is_told_and_not_replaced_silently(string file, string? content, string message)
    {
        await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken);
        var path = folder.File("store/local-authority/" + file);
        File.Delete(path);
        if (content is not null)
            File.WriteAllText(path, content);

        Assert.Contains(message, (await Assert.ThrowsAsync<CertificateException>(() => Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_leaf_is_replaced()
    {
        await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken);
        File.WriteAllText(folder.File("store/local-authority/leaf.pem"), "rubbish");

        Assert.Equal(["example.com"], (await Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))!.Names);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_says_so()
    {
        File.WriteAllText(folder.File("store"), "a file where a folder should be");

        var message = (await Assert.ThrowsAsync<CertificateException>(() => Authority("example.com").LoadAsync(TestContext.Current.CancellationToken))).Message;

        Assert.Contains("MatrixEdge:Store:Directory", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("matrix.example.com")]
    [InlineData("unknown.example.org")]
    [InlineData(null)]
    public async Task Whatever_name_a_client_gives_it_gets_the_same_certificate_on_both_ports(string? serverName)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        var https = await gateway.HandshakeAsync(ListenerKind.Https, serverName);
        var federation = await gateway.HandshakeAsync(ListenerKind.Federation, serverName);

        Assert.Equal(https.Serials, federation.Serials);
        Assert.Single(https.Serials);
    }

    [Theory]
    [InlineData(System.Security.Authentication.SslProtocols.Tls12)]
    [InlineData(System.Security.Authentication.SslProtocols.Tls13)]
    public async Task Speaks(System.Security.Authentication.SslProtocols protocol)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        Assert.Equal(protocol, (await gateway.HandshakeAsync(ListenerKind.Federation, "example.com", protocol)).Protocol);
    }

    private LocalAuthority Authority(params string[] names) => new(new StoreDirectory(new StoreSettings(folder.File("store")), time), names, time);
}
