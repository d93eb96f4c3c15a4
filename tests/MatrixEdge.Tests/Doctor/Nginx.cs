using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.Tests.Doctor;

/// <summary>A real nginx with the test's configuration and TLS on a loopback port.</summary>
internal sealed class Nginx : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly ChildProcess process;
    private readonly TemporaryFolder folder;

    private Nginx(ChildProcess process, TemporaryFolder folder, IPEndPoint endPoint)
    {
        this.process = process;
        this.folder = folder;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    /// <param name="inServer">What stands in the <c>server</c> block beside its port and certificate.</param>
    /// <param name="inHttp">What stands before it; <c>$listen</c> in it is the same port.</param>
    public static async Task<Nginx> StartAsync(TestAuthority.Issued certificate, string inServer, string inHttp = "")
    {
        const string Program = "usr/sbin/nginx";
        Assert.SkipUnless(File.Exists(Path.Combine(SidRoot.Path, Program)), $"{Program} is not in {SidRoot.Path}; run tests/provision");
        // With the root's own loader and libraries, so that no right to chroot is needed.
        var (loader, libraries) = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ("usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu")
            : ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu");
        while (true)
        {
            var folder = new TemporaryFolder();
            certificate.WriteTo(folder);
            var endPoint = new IPEndPoint(IPAddress.Loopback, FreePorts.Take());
            await File.WriteAllTextAsync(folder.File("nginx.conf"), Configure(folder, endPoint, inServer, inHttp));
            var process = await ChildProcess.StartAsync(
                [
                    Path.Combine(SidRoot.Path, loader), "--library-path", Path.Combine(SidRoot.Path, libraries), Path.Combine(SidRoot.Path, Program),
                    "-p", folder.Path, "-e", "stderr", "-c", folder.File("nginx.conf"),
                ],
                new Dictionary<string, string> { ["OPENSSL_CONF"] = Path.Combine(SidRoot.Path, "etc/ssl/openssl.cnf") });
            var nginx = new Nginx(process, folder, endPoint);
            if (await nginx.ListensAsync())
                return nginx;

            var log = string.Join('\n', process.Lines);
            await nginx.DisposeAsync();
            Assert.True(log.Contains("Address already in use", StringComparison.Ordinal), $"nginx did not start:\n{log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Dispose();
    }

    private static string Configure(TemporaryFolder folder, IPEndPoint endPoint, string inServer, string inHttp) => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        master_process off;
        pid {{folder.File("nginx.pid")}};
        error_log stderr;
        events { }
        http {
            access_log off;
            client_body_temp_path {{folder.File("body")}};
            proxy_temp_path {{folder.File("proxy")}};
            fastcgi_temp_path {{folder.File("fastcgi")}};
            uwsgi_temp_path {{folder.File("uwsgi")}};
            scgi_temp_path {{folder.File("scgi")}};
            {{inHttp.Replace("$listen", endPoint.ToString(), StringComparison.Ordinal)}}
            server {
                listen {{endPoint}} ssl default_server;
                ssl_certificate {{folder.File("fullchain.pem")}};
                ssl_certificate_key {{folder.File("privkey.pem")}};
                {{inServer}}
            }
        }
        """);

    private async Task<bool> ListensAsync()
    {
        using var patience = new CancellationTokenSource(StartLimit);
        while (!process.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(EndPoint, patience.Token);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(20, patience.Token);
            }
        }

        return false;
    }
}
