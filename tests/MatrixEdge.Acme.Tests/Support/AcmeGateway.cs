using System.Text.Json.Nodes;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>The gateway in this process, with a store of its own that outlives it, ordering from a Pebble or a proxy in front of one.</summary>
internal sealed class AcmeGateway(PebbleServer pebble) : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private RunningGateway? running;

    /// <summary>Whom to order from; the Pebble itself unless a test says otherwise.</summary>
    public Uri DirectoryUri { get; set; } = pebble.DirectoryUri;

    public string[] ChallengeTypes { get; set; } = ["Http01"];

    /// <summary>Further keys of <c>Certificate</c>.</summary>
    public JsonObject Certificate { get; } = [];

    /// <summary>The sites; by default <c>example.com</c>, reached at <c>matrix.example.com</c>.</summary>
    public JsonArray Sites { get; set; } = [Site("example.com", "matrix.example.com")];

    public JsonObject Listen { get; } = new()
    {
        ["Http"] = $"127.0.0.1:{pebble.HttpPort}",
        ["Https"] = $"127.0.0.1:{pebble.TlsPort}",
        ["Federation"] = "127.0.0.1:0",
        ["Admin"] = "127.0.0.1:0",
    };

    /// <summary>By default nobody here floods: a thousand clients of a test have one address, and may come at once when the machine was busy.</summary>
    public JsonObject Limits { get; } = new() { ["Exempt"] = new JsonArray("127.0.0.0/8") };

    public ShiftedTime Time { get; } = new();

    public string Store => folder.File("store");

    public string SiteFolder(string site = "example.com") => Path.Combine(Store, "certificates", site);

    public RunningGateway Running => running ?? throw new InvalidOperationException("The gateway was not started");

    public LogEvents Events => Running.Events;

    public AcmeSource Source(string site = "example.com") => Running.Services.GetRequiredService<CertificateKeeper>().Ordering.Single(source => source.Id == site);

    public static JsonObject Site(string serverName, string? publicHost = null, int backend = 1) => new()
    {
        ["ServerName"] = serverName,
        ["PublicHost"] = publicHost ?? serverName,
        ["Homeserver"] = new JsonObject { ["Kind"] = "Synapse", ["Address"] = $"http://127.0.0.1:{backend}" },
    };

    public async Task StartAsync()
    {
        // A program that another test starts has this process's listeners, too, from fork to exec: a port that was given back
        // a moment ago may be in use for some milliseconds more.
        for (var left = 200; running is null; left--)
        {
            try
            {
                running = await RunningGateway.StartAsync(Configuration(), time: Time);
            }
            catch (ListenerUnavailableException) when (left > 0)
            {
                await Task.Delay(25);
            }
        }
    }

    /// <summary>Stops it as SIGTERM does; the store stays, and it can be started again.</summary>
    public async Task StopAsync()
    {
        // Disposing alone would not wait for the loop, which might go on in the store beside the next one's.
        await Running.StopAsync();
        await Running.DisposeAsync();
        running = null;
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Writes the configuration anew, as it is set by now.</summary>
    public void Reconfigure() => Running.Reconfigure(Configuration());

    public int Port(ListenerKind kind) => Running.Port(kind);

    /// <summary>The serial that a client sees; null while the handshake is refused, or with the stopgap.</summary>
    public async Task<string?> SerialAsync(ListenerKind kind, string serverName = "matrix.example.com")
    {
        var probe = await TlsProbe.ConnectAsync(Port(kind), serverName, TestContext.Current.CancellationToken);
        return probe.Sent.Count == 0 || probe.Leaf.Subject.Contains("no certificate yet", StringComparison.Ordinal) ? null : probe.Serial;
    }

    /// <summary>Waits until both ports serve the same certificate, another than <paramref name="before"/>, and returns its serial.</summary>
    public async Task<string> NewSerialAsync(string? before = null, string serverName = "matrix.example.com")
    {
        var stop = TestContext.Current.CancellationToken;
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (one, other) = (await SerialAsync(ListenerKind.Https, serverName), await SerialAsync(ListenerKind.Federation, serverName));
            if (one is not null && one == other && one != before)
                return one;

            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(40),
                $"No new certificate on both ports ({one}, {other}); the log:\n{string.Join('\n', Events.Messages)}");
            await Task.Delay(50, stop);
        }
    }

    /// <summary>Moves the clock in steps, and lets the loop look after each.</summary>
    public async Task AdvanceAsync(TimeSpan by, string site = "example.com")
    {
        Time.Advance(by);
        await Source(site).LookAsync(TestContext.Current.CancellationToken);
        Source(site).Wake();
    }

    public string[] Generations(string site = "example.com") => Directory.Exists(SiteFolder(site))
        ? [.. Directory.GetFiles(SiteFolder(site), "*.pem").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];

    public async ValueTask DisposeAsync()
    {
        if (running is not null)
            await running.DisposeAsync();
        folder.Dispose();
    }

    private string Configuration()
    {
        var certificate = new JsonObject
        {
            ["Source"] = "Acme",
            ["AcceptTermsOfService"] = true,
            ["EmailAddress"] = "admin@example.com",
            [nameof(DirectoryUri)] = DirectoryUri.AbsoluteUri,
            ["TrustedRoots"] = pebble.RootsFile,
            [nameof(ChallengeTypes)] = new JsonArray([.. ChallengeTypes.Select(type => JsonValue.Create(type))]),
            ["Profile"] = "classic",
        };
        foreach (var (key, value) in Certificate)
            certificate[key] = value?.DeepClone();
        return new JsonObject
        {
            [nameof(Listen)] = Listen.DeepClone(),
            [nameof(Limits)] = Limits.DeepClone(),
            ["Doctor"] = new JsonObject { ["Every"] = "00:00:00" },
            [nameof(Certificate)] = certificate,
            [nameof(Store)] = new JsonObject { ["Directory"] = Store },
            [nameof(Sites)] = Sites.DeepClone(),
        }.ToJsonString();
    }
}
