using System.Net;
using System.Net.Sockets;
using MatrixEdge.Dns;

namespace MatrixEdge.Acme.Tests.Dns;

/// <summary>
/// A real BIND on a loopback address of the test's choice. It holds <c>example.test</c> and <c>other.test</c>, both of which take
/// updates signed with <c>updater</c>; the keys <c>stranger</c> and <c>strong</c> are known, but only the second may change anything.
/// </summary>
internal sealed class BindServer : IAsyncDisposable
{
    public const string Secret = "bm90IGEgc2VjcmV0LCBvbmx5IHVzZWQgaW4gdGVzdHM=";

    private const string KeyName = "updater";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // Each program replaces the one before, so that named ends when the tests do, and the mount with it.
    private const string Enter = """
        set -e
        mount --bind "$2" "$1/mnt"
        exec chroot "$1" /usr/sbin/named -g -n 1 -c /mnt/named.conf
        """;

    private readonly ChildProcess process;
    private readonly TemporaryFolder folder;

    private BindServer(ChildProcess process, TemporaryFolder folder, IPEndPoint endPoint)
    {
        this.process = process;
        this.folder = folder;
        EndPoint = endPoint;
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>What it wrote so far.</summary>
    public string Log => string.Join('\n', process.Lines);

    /// <param name="address">Of an interface, as BIND wants it: for a second server at the same port, the other loopback address.</param>
    /// <param name="primary">Whose zones to hold copies of; null for zones of its own.</param>
    /// <param name="notified">Who is told of changes beside nobody.</param>
    public static async Task<BindServer> StartAsync(
        CancellationToken stop, string address = "127.0.0.1", int? port = null, IPEndPoint? primary = null, IPEndPoint? notified = null, string nameServers = "")
    {
        SkipWhereItCannotRun();
        Assert.SkipUnless(address == "127.0.0.1" || Socket.OSSupportsIPv6, "Two name servers at one port take two loopback addresses, and IPv6 is switched off here");
        while (true)
        {
            var endPoint = new IPEndPoint(IPAddress.Parse(address), port ?? FreePorts.Take());
            var folder = new TemporaryFolder();
            Configure(folder, endPoint, primary, notified, nameServers);
            var process = await ChildProcess.StartAsync(
                ["unshare", "--mount", "--propagation", "private", "sh", "-c", Enter, "sh", AcmeTools.Root, folder.Path]);
            var server = new BindServer(process, folder, endPoint);
            if (await server.IsReadyAsync(stop))
                return server;

            var log = server.Log;
            await server.DisposeAsync();
            Assert.True(port is null && log.Contains("address in use", StringComparison.Ordinal), $"BIND did not start:\n{log}");
        }
    }

    /// <summary>The texts that it shows at the name, in order.</summary>
    public async Task<string[]> TextsAsync(string name)
    {
        var client = new DnsClient([EndPoint], TimeProvider.System);
        var answer = await client.AskAsync(EndPoint, DnsName.Parse(name), DnsType.TXT, recursion: false, TestContext.Current.CancellationToken);
        Assert.True(answer.IsDecided, answer.Failure);
        return [.. answer.Data<TextData>().Select(text => text.Text).Order(StringComparer.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        await process.DisposeAsync();
        folder.Dispose();
    }

    private static void SkipWhereItCannotRun()
    {
        Assert.SkipUnless(File.Exists(Path.Combine(AcmeTools.Root, "usr/sbin/named")), $"BIND is not installed in {AcmeTools.Root}; run tests/provision");
        Assert.SkipUnless(Environment.UserName == "root", "BIND runs in a root of its own, which only root can enter; run tests/run as root");
    }

    private async Task<bool> IsReadyAsync(CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(StartLimit);
        while (!process.HasExited)
        {
            if (process.Lines.Any(line => line.EndsWith(" running", StringComparison.Ordinal)))
                return !Log.Contains("address in use", StringComparison.Ordinal);
            await Task.Delay(20, patience.Token);
        }

        return false;
    }

    private static void Configure(TemporaryFolder folder, IPEndPoint endPoint, IPEndPoint? primary, IPEndPoint? notified, string nameServers)
    {
        string Zone(string name) => primary is null
            ? $$"""zone "{{name}}" { type primary; file "/mnt/{{name}}"; allow-update { key "{{KeyName}}"; key "strong"; }; };"""
            : $$"""zone "{{name}}" { type secondary; file "/mnt/{{name}}"; masterfile-format text; primaries { {{primary.Address}} port {{primary.Port}}; }; };""";

        File.WriteAllText(folder.File("named.conf"), $$"""
            key "{{KeyName}}" { algorithm hmac-sha256; secret "{{Secret}}"; };
            key "stranger" { algorithm hmac-sha256; secret "{{Secret}}"; };
            key "strong" { algorithm hmac-sha512; secret "{{Secret}}"; };
            options {
                directory "/mnt";
                {{(endPoint.AddressFamily == AddressFamily.InterNetwork ? "listen-on" : "listen-on-v6")}} port {{endPoint.Port}} { {{endPoint.Address}}; };
                {{(endPoint.AddressFamily == AddressFamily.InterNetwork ? "listen-on-v6" : "listen-on")}} { none; };
                pid-file none;
                session-keyfile none;
                recursion no;
                dnssec-validation no;
                minimal-responses no;
                notify {{(notified is null ? "no" : "explicit")}};
                notify-delay 0;
                also-notify { {{(notified is null ? "" : $"{notified.Address} port {notified.Port};")}} };
                allow-notify { any; };
                allow-transfer { any; };
            };
            controls { };
            {{Zone("example.test")}}
            {{Zone("other.test")}}
            """);
        if (primary is not null)
            return;

        // Name servers whose own names lead nowhere, unless a test says where they are.
        File.WriteAllText(folder.File("example.test"), $"""
            $TTL 60
            @ SOA ns1 hostmaster 1 3600 600 86400 60
            @ NS {(nameServers.Length > 0 ? "ns1" : "nowhere.invalid.")}
            {nameServers}
            _acme-challenge.delegated CNAME delegated.other.test.
            _acme-challenge.circle CNAME circle
            circle CNAME _acme-challenge.circle
            big TXT {string.Join(' ', Enumerable.Range(0, 12).Select(i => $"\"{new string((char)('a' + i), 250)}\""))}
            service SRV 10 5 8448 matrix
            matrix A 192.0.2.1
            matrix AAAA 2001:db8::1
            @ CAA 128 issue "ca.example; validationmethods=dns-01"

            """);
        File.WriteAllText(folder.File("other.test"), """
            $TTL 60
            @ SOA ns1 hostmaster 1 3600 600 86400 60
            @ NS nowhere.invalid.

            """);
    }
}
