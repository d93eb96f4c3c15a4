using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

/// <summary>A gateway that may have few files open, and more clients than that.</summary>
public sealed class OpenFilesTests : IDisposable
{
    private const int Limit = 256; // of which a gateway that rests has some 150
    private const int Clients = 300;

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Who_cannot_be_accepted_waits_and_the_operator_is_told_what_to_raise()
    {
        var port = FreePort();
        File.WriteAllText(folder.File("appsettings.json"), $$"""
            {
              "MatrixEdge": {
                "Listen": { "Http": "", "Https": "127.0.0.1:{{port}}", "Federation": "", "Admin": "" },
                "Certificate": { "Source": "Local" },
                "Store": { "Directory": "store" },
                "Doctor": { "Every": "00:00:00" },
                "Sites": [ { "ServerName": "localhost", "Homeserver": { "Address": "http://127.0.0.1:1" } } ]
              }
            }
            """);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        using var gateway = Start();
        try
        {
            await WaitForAsync(gateway, "root: ", limit.Token); // the banner: all listeners are open
            using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
            using var http = new HttpClient(handler);
            var address = new Uri($"https://localhost:{port}/.well-known/matrix/server");
            Assert.NotEmpty(await http.GetStringAsync(address, limit.Token));

            var clients = new List<Socket>();
            for (var i = 0; i < Clients; i++)
            {
                clients.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
                await clients[i].ConnectAsync(IPAddress.Loopback, port, limit.Token);
            }

            await WaitForAsync(gateway, "Allow the gateway more open files (LimitNOFILE in systemd", limit.Token);
            clients.ForEach(client => client.Dispose());

            using var other = new HttpClient(new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator });
            Assert.NotEmpty(await other.GetStringAsync(address, limit.Token));
        }
        finally
        {
            gateway.Kill();
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("sh", ["-c", $"ulimit -n {Limit}; exec \"$@\"", "sh", .. GatewayCommand.With("serve", "--config", folder.File("appsettings.json"))])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
        };
        return Process.Start(start)!;
    }

    private static async Task WaitForAsync(Process gateway, string words, CancellationToken stop)
    {
        while (await gateway.StandardOutput.ReadLineAsync(stop) is { } line)
        {
            if (line.Contains(words, StringComparison.Ordinal))
                return;
        }

        Assert.Fail($"It ended without a word of \"{words}\"");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
