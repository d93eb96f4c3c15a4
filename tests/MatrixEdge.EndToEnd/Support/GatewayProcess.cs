using System.Text.Json;
using System.Text.Json.Serialization;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>The gateway as an operator runs it: the program, a configuration file, its log on standard output.</summary>
internal sealed class GatewayProcess(string directory, GatewayPlace place) : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);
    private static readonly JsonSerializerOptions WithoutNulls = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    private ChildProcess? process;

    public GatewayPlace Place => place;

    public int HttpsPort => place.HttpsPort;

    public int FederationPort => place.FederationPort;

    public int AdminPort { get; } = FreePorts.Take();

    public Uri PublicBase => place.PublicBase;

    public string ConfigurationPath => Path.Combine(directory, "appsettings.json");

    /// <summary>What it wrote so far.</summary>
    public IReadOnlyCollection<string> Lines => process?.Lines ?? [];

    /// <summary>The process; null when there is none, or it has ended.</summary>
    public int? ProcessId => process is { HasExited: false } ? process.Id : null;

    public async Task StartAsync(Uri homeserver, CancellationToken cancellationToken)
    {
        var configuration = new
        {
            MatrixEdge = new
            {
                Listen = new
                {
                    Http = place.Listen(place.HttpPort),
                    Https = place.Listen(place.HttpsPort),
                    Federation = place.Listen(place.FederationPort),
                    Admin = $"127.0.0.1:{AdminPort}",
                },
                place.Certificate,
                Doctor = new { Every = "00:00:00" },
                Store = new { Directory = Path.Combine(directory, "store") },
                Sites = new[]
                {
                    new
                    {
                        place.ServerName,
                        PublicHost = place.PublicAuthority,
                        place.FederationPort,
                        Homeserver = new { Kind = "Synapse", Address = homeserver.GetLeftPart(UriPartial.Authority) },
                        place.Calls,
                    },
                },
            },
        };
        await File.WriteAllBytesAsync(ConfigurationPath, JsonSerializer.SerializeToUtf8Bytes(configuration, WithoutNulls), cancellationToken);

        process = await ChildProcess.StartAsync(GatewayCommand.With("serve", "--config", ConfigurationPath));

        using var client = new MatrixClient(place);
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

    /// <summary>Runs a further command with the same configuration, to its end.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] command)
    {
        await using var other = await ChildProcess.StartAsync(GatewayCommand.With([.. command, "--config", ConfigurationPath]));
        var code = await other.EndAsync(CommandLimit);
        return (code, string.Join('\n', other.Lines));
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
