using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// A real Pebble of the test's own on loopback, with a name server of its own. It ends with the test, and with the test run.
/// Nothing in it takes time or is left to chance unless the options say so.
/// </summary>
internal sealed class PebbleServer : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly PebbleOptions options;
    private readonly TemporaryFolder folder = new();
    private readonly HttpClient client = ListenerAuthority.Client();
    private readonly List<string> earlier = [];
    private ChildProcess? process;
    private int port;
    private int managementPort;

    private PebbleServer(PebbleOptions options, MockDns dns)
    {
        this.options = options;
        MockDns = dns;
        HttpPort = options.HttpPort ?? FreePorts.Take();
        TlsPort = options.TlsPort ?? FreePorts.Take();
        using var certificate = ListenerAuthority.Issue();
        File.WriteAllText(folder.File("listener.pem"), certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(folder.File("listener.key"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(RootsFile, ListenerAuthority.RootPem);
    }

    public Uri DirectoryUri => new($"https://127.0.0.1:{port}/dir");

    /// <summary>The PEM file with the root that vouches for <see cref="DirectoryUri"/>, and for every other address here.</summary>
    public string RootsFile => folder.File("roots.pem");

    /// <summary>Where it looks for http-01: the gateway's plain port must be this one.</summary>
    public int HttpPort { get; }

    /// <summary>Where it looks for tls-alpn-01: the gateway's TLS port must be this one.</summary>
    public int TlsPort { get; }

    /// <summary>The name server that it asks.</summary>
    public MockDns MockDns { get; }

    /// <summary>What it wrote so far, over all its starts.</summary>
    public IReadOnlyList<string> Log => [.. earlier.Concat(process?.Lines.ToArray() ?? [])];

    /// <summary>
    /// How many certificates it issued, whether or not anybody got them. Like the other counts it follows the log, which comes
    /// a moment after the answer; exact at once are the counts of a <see cref="FaultProxy"/>.
    /// </summary>
    public int Issued => Logged("Issued certificate serial");

    /// <summary>How many orders it accepted.</summary>
    public int Orders => Logged("Added order ");

    /// <summary>How many challenges it set out to validate.</summary>
    public int Validations => Logged("Pulled a task from the Tasks queue");

    /// <summary>How many authorizations became invalid, which is what Let's Encrypt counts against the client.</summary>
    public int FailedValidations => Logged(" set INVALID by completed challenge ");

    public static async Task<PebbleServer> StartAsync(PebbleOptions? options = null, CancellationToken cancellationToken = default)
    {
        var pebble = new PebbleServer(options ?? new PebbleOptions(), await MockDns.StartAsync(cancellationToken));
        try
        {
            do
            {
                // Until nobody else took one of the ports in between.
                pebble.port = FreePorts.Take();
                pebble.managementPort = FreePorts.Take();
            }
            while (!await pebble.TryStartAsync(cancellationToken));
            return pebble;
        }
        catch
        {
            await pebble.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts again after <see cref="StopAsync"/>, on the same ports and knowing nothing of what was before.</summary>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        Assert.Null(process);
        Assert.True(await TryStartAsync(cancellationToken), $"Pebble does not start again:\n{string.Join('\n', Log.TakeLast(5))}");
    }

    /// <summary>Nobody answers at its addresses any more. The name server goes on.</summary>
    public async Task StopAsync()
    {
        if (process is null)
            return;

        earlier.AddRange(process.Lines);
        await process.DisposeAsync();
        process = null;
    }

    /// <summary>Accounts, orders and certificates are lost, and it issues from new roots; the addresses are the same.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await StartAgainAsync(cancellationToken);
    }

    /// <summary>The root at the end of the default chain (0), or of the n-th alternate.</summary>
    public async Task<X509Certificate2> GetIssuingRootAsync(int number = 0, CancellationToken cancellationToken = default) =>
        X509Certificate2.CreateFromPem(await client.GetStringAsync(Management($"roots/{number}"), cancellationToken));

    /// <summary>The intermediate that signs leaves of the default chain (0), or of the n-th alternate.</summary>
    public async Task<X509Certificate2> GetIssuingIntermediateAsync(int number = 0, CancellationToken cancellationToken = default) =>
        X509Certificate2.CreateFromPem(await client.GetStringAsync(Management($"intermediates/{number}"), cancellationToken));

    /// <summary>Answers the renewal information of this certificate with this text, be it JSON or not, until told otherwise.</summary>
    /// <param name="certificatePem">The certificate, or a chain that begins with it.</param>
    public async Task SetRenewalInfoAsync(string certificatePem, string json, CancellationToken cancellationToken = default)
    {
        using var answer = await client.PostAsJsonAsync(
            Management("set-renewal-info/"), new { certificate = certificatePem, ariResponse = json }, cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Sets the window in which this certificate shall be renewed (RFC 9773 §4.2).</summary>
    public Task SetRenewalWindowAsync(
        string certificatePem, DateTimeOffset start, DateTimeOffset end, string? explanation = null, CancellationToken cancellationToken = default)
    {
        var window = new Dictionary<string, object> { ["suggestedWindow"] = new { start, end } };
        if (explanation is not null)
            window["explanationURL"] = explanation;
        return SetRenewalInfoAsync(certificatePem, JsonSerializer.Serialize(window), cancellationToken);
    }

    /// <summary>What it says of a certificate: <c>Valid</c> or <c>Revoked</c>, with the reason.</summary>
    public async Task<JsonElement> GetStatusAsync(X509Certificate2 certificate, CancellationToken cancellationToken = default) =>
        await client.GetFromJsonAsync<JsonElement>(
            Management($"cert-status-by-serial/{certificate.SerialNumber.ToLowerInvariant()}"), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await MockDns.DisposeAsync();
        client.Dispose();
        folder.Dispose();
    }

    private async Task<bool> TryStartAsync(CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(folder.File("pebble.json"), Configuration(), cancellationToken);
        var environment = new Dictionary<string, string>
        {
            ["PEBBLE_VA_NOSLEEP"] = "1",
            ["PEBBLE_VA_ALWAYS_VALID"] = options.EverythingValid ? "1" : "0",
            ["PEBBLE_WFE_NONCEREJECT"] = Number(options.NonceReject),
            ["PEBBLE_AUTHZREUSE"] = Number(options.AuthorizationReuse),
            ["PEBBLE_ALTERNATE_ROOTS"] = Number(options.AlternateRoots),
            ["PEBBLE_CHAIN_LENGTH"] = Number(options.ChainLength),
        };
        if (options.OrdersPerPage is { } orders)
            environment["PEBBLE_WFE_ORDERS_PER_PAGE"] = Number(orders);
        process = await ChildProcess.StartAsync(
            [AcmeTools.Pebble, "-config", folder.File("pebble.json"), "-strict=true", "-dnsserver", MockDns.EndPoint.ToString()], environment);
        if (await IsReadyAsync(process, cancellationToken))
            return true;

        await StopAsync();
        return false;
    }

    /// <summary>Whether both of its addresses answer; false when it did not get one of them.</summary>
    private async Task<bool> IsReadyAsync(ChildProcess started, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartLimit);
        while (true)
        {
            if (started.HasExited)
            {
                await started.EndAsync(StartLimit);
                Assert.True(
                    started.Lines.Any(line => line.Contains("address already in use", StringComparison.Ordinal)),
                    $"Pebble ended at once:\n{string.Join('\n', started.Lines)}");
                return false;
            }

            try
            {
                using var directory = await client.GetAsync(DirectoryUri, patience.Token);
                using var root = await client.GetAsync(Management("roots/0"), patience.Token);
                if (directory.StatusCode == HttpStatusCode.OK && root.StatusCode == HttpStatusCode.OK)
                    return true;
            }
            catch (HttpRequestException)
            {
                // Not yet.
            }

            await Task.Delay(Pause, patience.Token);
        }
    }

    private string Configuration() => JsonSerializer.Serialize(new
    {
        pebble = new
        {
            listenAddress = $"127.0.0.1:{port}",
            managementListenAddress = $"127.0.0.1:{managementPort}",
            certificate = folder.File("listener.pem"),
            privateKey = folder.File("listener.key"),
            httpPort = HttpPort,
            tlsPort = TlsPort,
            ocspResponderURL = "",
            externalAccountBindingRequired = options.ExternalAccountKeys is not null,
            externalAccountMACKeys = options.ExternalAccountKeys ?? new Dictionary<string, string>(),
            domainBlocklist = options.RefusedNames,
            retryAfter = new { authz = options.AuthorizationRetryAfter, order = options.OrderRetryAfter },
            keyAlgorithm = "ecdsa",
            profiles = options.Profiles.ToDictionary(profile => profile.Key, profile => new
            {
                description = $"{profile.Value.TotalHours.ToString(CultureInfo.InvariantCulture)} hours",
                promoteCommonName = profile.Key == "classic",
                validityPeriod = (long)profile.Value.TotalSeconds,
            }),
        },
    });

    private int Logged(string words) => Log.Count(line => line.Contains(words, StringComparison.Ordinal));

    private Uri Management(string path) => new($"https://127.0.0.1:{managementPort}/{path}");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
