using System.Text.Json.Nodes;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>The gateway as a process of its own that can be killed, with a store that outlives it.</summary>
internal sealed class GatewayProgram(PebbleServer pebble, Uri? directory = null) : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly int[] ports = [FreePorts.Take(), FreePorts.Take()];
    private ChildProcess? process;

    public string Profile { get; set; } = "classic";

    public string Store => folder.File("store");

    public string SiteFolder => Path.Combine(Store, "certificates", "example.com");

    public int HttpsPort => pebble.TlsPort;

    public int FederationPort => ports[0];

    public string Log => string.Join('\n', process?.Lines ?? []);

    public bool HasExited => process?.HasExited != false;

    /// <param name="before">A program that starts the gateway in its place, with its arguments: strace, for example.</param>
    public async Task StartAsync(params string[] before)
    {
        var configuration = new JsonObject
        {
            ["MatrixEdge"] = new JsonObject
            {
                ["Listen"] = new JsonObject
                {
                    ["Http"] = $"127.0.0.1:{pebble.HttpPort}",
                    ["Https"] = $"127.0.0.1:{HttpsPort}",
                    ["Federation"] = $"127.0.0.1:{FederationPort}",
                    ["Admin"] = $"127.0.0.1:{ports[1]}",
                },
                ["Certificate"] = new JsonObject
                {
                    ["AcceptTermsOfService"] = true,
                    ["DirectoryUri"] = (directory ?? pebble.DirectoryUri).AbsoluteUri,
                    ["TrustedRoots"] = pebble.RootsFile,
                    [nameof(Profile)] = Profile,
                },
                ["Doctor"] = new JsonObject { ["Every"] = "00:00:00" },
                [nameof(Store)] = new JsonObject { ["Directory"] = "store" },
                ["Sites"] = new JsonArray(AcmeGateway.Site("example.com")),
            },
        };
        await File.WriteAllTextAsync(folder.File("appsettings.json"), configuration.ToJsonString());
        process = await ChildProcess.StartAsync([.. before, .. GatewayCommand.With("--config", folder.File("appsettings.json"))]);
    }

    /// <summary>SIGKILL: nothing is tidied up.</summary>
    public async Task KillAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        process = null;
    }

    /// <summary>Waits for its own end, and returns its exit code.</summary>
    public Task<int> EndAsync() => process!.EndAsync(TimeSpan.FromSeconds(60));

    /// <summary>Waits until both ports serve the same certificate, and returns its serial.</summary>
    public async Task<string> SerialAsync(CancellationToken stop)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (one, other) = (await TlsProbe.ConnectAsync(HttpsPort, "example.com", stop), await TlsProbe.ConnectAsync(FederationPort, "example.com", stop));
            if (one.Sent.Count > 0 && other.Sent.Count > 0 && one.Serial == other.Serial)
                return one.Serial;

            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(60), $"No certificate on both ports; the log:\n{Log}");
            Assert.False(HasExited, $"The gateway ended:\n{Log}");
            await Task.Delay(50, stop);
        }
    }

    /// <summary>Waits for a line of its log, and returns it.</summary>
    public async Task<string> SaidAsync(string part, CancellationToken stop)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (process!.Lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal)) is { } found)
                return found;

            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(30), $"It did not say \"{part}\":\n{Log}");
            await Task.Delay(50, stop);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        folder.Dispose();
    }
}
