using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>The gateway as an operator runs it: the built program, a configuration file, its log on standard output.</summary>
internal sealed class GatewayProcess(string directory, TestAuthority authority) : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private ChildProcess? process;

    public int HttpPort { get; } = FreePorts.Take();

    public int HttpsPort { get; } = FreePorts.Take();

    public int FederationPort { get; } = FreePorts.Take();

    public int AdminPort { get; } = FreePorts.Take();

    /// <summary>With the port: other servers then ask neither DNS nor the well-known document.</summary>
    public string ServerName => $"localhost:{FederationPort}";

    public Uri PublicBase => new($"https://localhost:{HttpsPort}/");

    public string ConfigurationPath => Path.Combine(directory, "appsettings.json");

    /// <summary>What it wrote so far.</summary>
    public IReadOnlyCollection<string> Lines => process?.Lines ?? [];

    public async Task StartAsync(Uri homeserver, CancellationToken cancellationToken)
    {
        var configuration = new
        {
            MatrixEdge = new
            {
                Listen = new
                {
                    Http = $"localhost:{HttpPort}",
                    Https = $"localhost:{HttpsPort}",
                    Federation = $"localhost:{FederationPort}",
                    Admin = $"127.0.0.1:{AdminPort}",
                },
                Certificate = new { Source = "Files", authority.CertificatePath, authority.PrivateKeyPath },
                Store = new { Directory = Path.Combine(directory, "store") },
                Sites = new[]
                {
                    new
                    {
                        ServerName,
                        PublicHost = $"localhost:{HttpsPort}",
                        FederationPort,
                        Homeserver = new { Kind = "Synapse", Address = homeserver.GetLeftPart(UriPartial.Authority) },
                    },
                },
            },
        };
        await File.WriteAllBytesAsync(ConfigurationPath, JsonSerializer.SerializeToUtf8Bytes(configuration), cancellationToken);

        var program = Path.Combine(AppContext.BaseDirectory, "matrixedge.dll");
        process = await ChildProcess.StartAsync([Tools.Dotnet, program, "serve", "--config", ConfigurationPath]);

        using var client = new MatrixClient(PublicBase, authority);
        await Until.TrueAsync(
            async () =>
            {
                Assert.False(process.HasExited, $"The gateway ended at once:\n{Report()}");
                try
                {
                    using var answer = await client.SendAsync(HttpMethod.Get, "/.well-known/matrix/server", cancellationToken: cancellationToken);
                    return answer.IsSuccessStatusCode;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the gateway's first answer", cancellationToken);
    }

    /// <summary>SIGTERM; the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Assert.NotNull(process);
        return await process.TerminateAsync(StopLimit);
    }

    /// <summary>Every line that is no event, or one of level Error or above.</summary>
    public IEnumerable<string> Complaints() => Lines.Where(line => Level(line) is null or "Error" or "Fatal");

    /// <summary>The end of the log.</summary>
    public string Report() => string.Join('\n', Lines.TakeLast(60));

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
    }

    private static string? Level(string line)
    {
        try
        {
            return JsonDocument.Parse(line).RootElement.GetProperty("level").GetString();
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
