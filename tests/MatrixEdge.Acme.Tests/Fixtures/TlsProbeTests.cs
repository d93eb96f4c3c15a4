using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;

namespace MatrixEdge.Acme.Tests.Fixtures;

public sealed class TlsProbeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sees_the_chain_as_sent_and_the_protocol_that_was_agreed_on()
    {
        var issued = new TestAuthority(2).Issue("example.com");
        await using var server = await StartAsync(issued, new SslApplicationProtocol("acme-tls/1"), SslApplicationProtocol.Http2);

        var http2 = await TlsProbe.ConnectAsync(Port(server), "example.com", Stop, "h2", "http/1.1");
        var challenge = await TlsProbe.ConnectAsync(Port(server), "example.com", Stop, "acme-tls/1");
        var none = await TlsProbe.ConnectAsync(Port(server), null, Stop);

        Assert.Null(http2.Failure);
        Assert.Equal(issued.Serial, http2.Serial);
        Assert.Equal(
            [issued.Leaf.Thumbprint, .. issued.Chain.Select(certificate => certificate.Thumbprint)],
            http2.Sent.Select(certificate => certificate.Thumbprint));
        Assert.Equal("h2", http2.ApplicationProtocol);
        Assert.Equal("acme-tls/1", challenge.ApplicationProtocol);
        Assert.Null(none.ApplicationProtocol);
    }

    [Fact]
    public async Task Tells_the_alert_by_which_the_server_refuses()
    {
        await using var server = await StartAsync(new TestAuthority().Issue("example.com"), SslApplicationProtocol.Http2);

        var probe = await TlsProbe.ConnectAsync(Port(server), "example.com", Stop, "acme-tls/1");

        Assert.Equal(120, probe.Alert);
        Assert.NotNull(probe.Failure);
        Assert.Empty(probe.Sent);
    }

    [Fact]
    public async Task Says_that_nobody_listens()
    {
        var probe = await TlsProbe.ConnectAsync(FreePorts.Take(), "example.com", Stop);

        Assert.IsType<System.Net.Sockets.SocketException>(probe.Failure);
        Assert.Null(probe.Alert);
    }

    [Fact]
    public async Task A_load_counts_connections_serials_and_failures()
    {
        var issued = new TestAuthority().Issue("example.com");
        var server = await StartAsync(issued, SslApplicationProtocol.Http2);
        await using var load = new TlsLoad(Port(server), "example.com", 2, "h2");

        await UntilAsync(() => load.Serials.GetValueOrDefault(issued.Serial) >= 5);
        Assert.Empty(load.Failures);
        await server.DisposeAsync();

        await UntilAsync(() => load.Failures.Count > 0);
        Assert.Equal([issued.Serial], load.Serials.Keys);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!condition())
            await Task.Delay(5, patience.Token);
    }

    private static int Port(WebApplication server) => new Uri(server.Urls.Single()).Port;

    private static async Task<WebApplication> StartAsync(TestAuthority.Issued issued, params SslApplicationProtocol[] protocols)
    {
        var context = SslStreamCertificateContext.Create(issued.Leaf, [.. issued.Chain], offline: true);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = context,
                    ApplicationProtocols = [.. protocols],
                }),
            })));
        var app = builder.Build();
        await app.StartAsync(Stop);
        return app;
    }
}
