using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// A real Synapse with a database of its own, as an operator runs it behind a proxy: plain HTTP on loopback, client and
/// federation on one listener, <c>x_forwarded</c>. It runs in the root that <c>tests/provision</c> made; its folder is mounted
/// there in a mount namespace that ends with it.
/// </summary>
internal sealed class SynapseHomeserver(string directory, GatewayPlace place, IReadOnlyDictionary<string, IPAddress> hosts) : IAsyncDisposable
{
    private const string SharedSecret = "let me be an administrator";
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    // chroot keeps the process that setpriv protected: each program here replaces the one before.
    private const string Enter = """
        set -e
        mount --bind "$2" "$1/data"
        mount --bind "$2/hosts" "$1/etc/hosts"
        mount -t proc proc "$1/proc" 2>/dev/null || true
        exec chroot "$1" /usr/bin/python3 -m synapse.app.homeserver --config-path /data/homeserver.yaml
        """;

    private ChildProcess? process;
    private string? administrator;

    public int Port { get; } = FreePorts.Take();

    public Uri Address => new($"http://127.0.0.1:{Port}");

    public string ServerName => place.ServerName;

    /// <summary>The process; null when there is none, or it has ended.</summary>
    public int? ProcessId => process is { HasExited: false } ? process.Id : null;

    private string LogPath => Path.Combine(directory, "homeserver.log");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Configure();
        process = await ChildProcess.StartAsync(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", Enter, "sh", Tools.Root, directory],
            new Dictionary<string, string> { ["LC_ALL"] = "C.UTF-8", ["HOME"] = "/root", ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" });

        using var client = new HttpClient { BaseAddress = Address };
        await Until.TrueAsync(
            async () =>
            {
                Assert.False(process.HasExited, $"Synapse for {ServerName} ended at once:\n{Report()}");
                try
                {
                    return (await client.GetAsync("/health", cancellationToken)).IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            $"the health of the Synapse for {ServerName}", cancellationToken);
    }

    public async Task StopAsync()
    {
        if (process is null)
            return;

        await process.TerminateAsync(StopLimit);
        await process.DisposeAsync();
        process = null;
    }

    /// <summary>The access token of an administrator, made past the gateway; what that took is in the log already.</summary>
    public async Task<string> AdministratorAsync(CancellationToken cancellationToken)
    {
        if (administrator is not null)
            return administrator;

        const string Password = "correct horse";
        var name = MatrixClient.NewName();
        var from = LogLength();
        using var client = new HttpClient { BaseAddress = Address };
        var nonce = JsonDocument.Parse(await client.GetStringAsync("/_synapse/admin/v1/register", cancellationToken)).RootElement.GetProperty("nonce").GetString();
#pragma warning disable CA5350 // The homeserver's protocol.
        var mac = Convert.ToHexStringLower(HMACSHA1.HashData(
            Encoding.UTF8.GetBytes(SharedSecret), Encoding.UTF8.GetBytes($"{nonce}\0{name}\0{Password}\0admin")));
#pragma warning restore CA5350
        using var content = Json.Content(new { nonce, username = name, password = Password, admin = true, mac });
        using var answer = await client.PostAsync("/_synapse/admin/v1/register", content, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        await RequestAsync(from, line => line is { Method: "POST", Target: "/_synapse/admin/v1/register" }, "the registration", cancellationToken);
        return administrator = JsonDocument.Parse(text).RootElement.GetProperty("access_token").GetString()!;
    }

    /// <summary>How much of the log is written: what is asked from here on comes later.</summary>
    public int LogLength() => ReadLog(0).Count;

    /// <summary>Every request logged since <paramref name="from"/> lines were written.</summary>
    public IReadOnlyList<AccessLine> Requests(int from) => [.. ReadLog(from).Select(AccessLine.Parse).OfType<AccessLine>()];

    /// <summary>Synapse logs a request when it has sent the whole answer, so the line may come after it.</summary>
    public Task<AccessLine> RequestAsync(int from, Func<AccessLine, bool> match, string what, CancellationToken cancellationToken) =>
        Until.FoundAsync(() => Task.FromResult(Requests(from).FirstOrDefault(match)), $"{what} in Synapse's access log", cancellationToken);

    /// <summary>The end of the log, and what the process itself wrote.</summary>
    public string Report() =>
        string.Join('\n', ReadLog(0).TakeLast(60).Concat(process?.Lines.TakeLast(40) ?? ["(stopped)"]));

    public async ValueTask DisposeAsync() => await StopAsync();

    private List<string> ReadLog(int from)
    {
        if (!File.Exists(LogPath))
            return [];

        using var stream = new FileStream(LogPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n');
        return [.. lines[..^1].Skip(from)]; // The last one is not complete.
    }

    private void Configure()
    {
        var configuration = Path.Combine(directory, "homeserver.yaml");
        if (File.Exists(configuration))
            return;

        var seed = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).TrimEnd('=');
        File.WriteAllText(Path.Combine(directory, "signing.key"), $"ed25519 a_1 {seed}\n");
        File.WriteAllText(Path.Combine(directory, "root.pem"), place.Root.ExportCertificatePem() + "\n");
        File.WriteAllLines(
            Path.Combine(directory, "hosts"),
            [.. File.ReadAllLines(Path.Combine(Tools.Root, "etc/hosts")), .. hosts.Select(host => $"{host.Value} {host.Key}")]);
        File.WriteAllText(Path.Combine(directory, "log.yaml"), """
            version: 1
            disable_existing_loggers: false
            formatters:
              plain: { format: '%(asctime)s %(levelname)s %(name)s %(message)s' }
            handlers:
              file: { class: logging.FileHandler, formatter: plain, filename: /data/homeserver.log, encoding: utf8 }
            root: { level: INFO, handlers: [file] }
            """);
        File.WriteAllText(configuration, $$"""
            server_name: "{{place.ServerName}}"
            public_baseurl: "https://{{place.PublicAuthority}}/"
            pid_file: /data/homeserver.pid
            log_config: /data/log.yaml
            signing_key_path: /data/signing.key
            media_store_path: /data/media
            database: { name: sqlite3, args: { database: /data/homeserver.db } }
            listeners:
              - port: {{Port}}
                bind_addresses: ["127.0.0.1"]
                type: http
                tls: false
                x_forwarded: true
                resources: [ { names: [client, federation], compress: false } ]
            enable_registration: true
            enable_registration_without_verification: true
            registration_shared_secret: "{{SharedSecret}}"
            macaroon_secret_key: "{{seed}}"
            form_secret: "{{seed}}"
            report_stats: false
            max_upload_size: 100M
            presence: { enabled: false }
            bcrypt_rounds: 4

            # The peers are on this host, with certificates of the tests' authority.
            trusted_key_servers: []
            federation_custom_ca_list: [/data/root.pem]
            ip_range_blacklist: []
            federation_ip_range_blacklist: []
            federation: { destination_min_retry_interval: 1s, destination_max_retry_interval: 2s }

            rc_message: { per_second: 10000, burst_count: 10000 }
            rc_registration: { per_second: 10000, burst_count: 10000 }
            rc_login:
              address: { per_second: 10000, burst_count: 10000 }
              account: { per_second: 10000, burst_count: 10000 }
              failed_attempts: { per_second: 10000, burst_count: 10000 }
            rc_joins:
              local: { per_second: 10000, burst_count: 10000 }
              remote: { per_second: 10000, burst_count: 10000 }
            rc_media_create: { per_second: 10000, burst_count: 10000 }
            """);
    }
}
