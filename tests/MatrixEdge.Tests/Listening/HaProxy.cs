using System.Net;
using System.Net.Sockets;
using MatrixEdge.Acme.Tests.Support;
using MatrixEdge.EndToEnd.Support;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Listening;

/// <summary>A real HAProxy with the test's configuration.</summary>
internal sealed class HaProxy : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // Each program replaces the one before, so that HAProxy ends when the tests do, and the mount with it.
    private const string Enter = """
        set -e
        mount --bind "$2" "$1/mnt"
        exec chroot "$1" /usr/sbin/haproxy -db -f /mnt/haproxy.cfg
        """;

    private readonly ChildProcess process;
    private readonly TemporaryFolder folder;

    private HaProxy(ChildProcess process, TemporaryFolder folder, IReadOnlyList<IPEndPoint> endPoints)
    {
        this.process = process;
        this.folder = folder;
        EndPoints = endPoints;
    }

    /// <summary>Where it listens, in the order in which they were asked for.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints { get; }

    /// <summary>What it wrote so far.</summary>
    public string Log => string.Join('\n', process.Lines);

    public static void SkipWhereItCannotRun()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(AcmeTools.Root, "usr/sbin/haproxy")), $"HAProxy is not installed in {AcmeTools.Root}; run tests/provision");
        Assert.SkipUnless(Environment.UserName == "root", "HAProxy runs in a root of its own, which only root can enter; run tests/run as root");
    }

    /// <param name="addresses">Where it is to listen, on a free port each.</param>
    /// <param name="configure">The configuration for these listeners.</param>
    public static async Task<HaProxy> StartAsync(IReadOnlyList<IPAddress> addresses, Func<IReadOnlyList<IPEndPoint>, string> configure, CancellationToken stop)
    {
        SkipWhereItCannotRun();
        while (true)
        {
            IReadOnlyList<IPEndPoint> endPoints = [.. addresses.Select(address => new IPEndPoint(address, FreePorts.Take()))];
            var folder = new TemporaryFolder();
            await File.WriteAllTextAsync(folder.File("haproxy.cfg"), configure(endPoints), stop);
            var process = await ChildProcess.StartAsync(["unshare", "--mount", "--propagation", "private", "sh", "-c", Enter, "sh", AcmeTools.Root, folder.Path]);
            var proxy = new HaProxy(process, folder, endPoints);
            if (await proxy.IsReadyAsync(stop))
                return proxy;

            var log = proxy.Log;
            await proxy.DisposeAsync();
            Assert.True(log.Contains("Address already in use", StringComparison.Ordinal), $"HAProxy did not start:\n{log}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Dispose();
    }

    private async Task<bool> IsReadyAsync(CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(StartLimit);
        while (!process.HasExited)
        {
            try
            {
                using var probe = new TcpClient(EndPoints[^1].AddressFamily);
                await probe.ConnectAsync(EndPoints[^1], patience.Token);
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
