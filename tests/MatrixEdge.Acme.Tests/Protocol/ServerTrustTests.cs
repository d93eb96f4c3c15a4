using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class ServerTrustTests
{
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Trusts_the_roots_that_it_is_given()
    {
        var failure = await AskAsync(IPAddress.Loopback, [ListenerAuthority.Root]);

        // The server hangs up after the handshake; that there was one is what counts.
        Assert.DoesNotContain("certificate", failure.Message);
    }

    [Fact]
    public async Task Trusts_no_authority_that_nobody_named()
    {
        var failure = await AskAsync(IPAddress.Loopback, roots: null);

        Assert.Equal(AcmeFailure.Unreachable, failure.Kind);
        Assert.Contains("the server's certificate (localhost, 127.0.0.1, ::1) is not trusted", failure.Message);
        Assert.Contains("its root belongs among the trusted roots", failure.Message);
    }

    [Fact]
    public async Task Trusts_no_other_authority_than_the_one_that_was_named()
    {
        var failure = await AskAsync(IPAddress.Loopback, [new TestAuthority().Root]);

        Assert.Contains("is not trusted", failure.Message);
    }

    [Fact]
    public async Task Trusts_no_certificate_for_another_name()
    {
        var failure = await AskAsync(IPAddress.Parse("127.0.0.2"), [ListenerAuthority.Root]);

        Assert.Contains("the server's certificate (localhost, 127.0.0.1, ::1) is not for 127.0.0.2", failure.Message);
    }

    [Fact]
    public async Task Says_that_nobody_listens()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        var failure = await FailureAsync(new Uri($"https://127.0.0.1:{port}/dir"), null);

        Assert.Equal(AcmeFailure.Unreachable, failure.Kind);
        Assert.Contains("Connection refused", failure.Message);
    }

    [Fact]
    public async Task Says_that_a_name_is_not_known()
    {
        var failure = await FailureAsync(new Uri("https://nowhere.invalid/dir"), null);

        Assert.Contains("the name nowhere.invalid cannot be resolved", failure.Message);
    }

    private async Task<AcmeException> AskAsync(IPAddress address, X509Certificate2Collection? roots)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var listener = new TcpListener(address, 0);
        listener.Start();
        var serving = ServeAsync(listener, ending.Token);

        var failure = await FailureAsync(new Uri($"https://{listener.LocalEndpoint}/dir"), roots);
        await ending.CancelAsync();
        await serving;
        return failure;
    }

    private async Task<AcmeException> FailureAsync(Uri directory, X509Certificate2Collection? roots)
    {
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUri = directory, UserAgent = "tests/1.0", TrustedRoots = roots, Time = new HurryingTime() });
        return await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));
    }

    // Shakes hands, and hangs up.
    private static async Task ServeAsync(TcpListener listener, CancellationToken stop)
    {
        using var certificate = ListenerAuthority.Issue();
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var client = await listener.AcceptTcpClientAsync(stop);
                using var secure = new SslStream(client.GetStream());
                await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop);
            }
            catch (Exception exception) when (exception is IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // The client's opinion is what is asked for.
            }
        }
    }
}
