using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// The name server that a Pebble asks (<c>pebble-challtestsrv</c>): every name is at 127.0.0.1 and has no IPv6 address until
/// a test says otherwise. What is set lasts until the server ends, also when its Pebble restarts.
/// </summary>
/// <remarks>Names may be given with or without the dot at their end.</remarks>
internal sealed class MockDns : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly ChildProcess process;
    private readonly HttpClient management;

    private MockDns(ChildProcess process, int port, int managementPort)
    {
        this.process = process;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
        management = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{managementPort}") };
    }

    /// <summary>Where it answers, over UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Where records are set, for programs that set them.</summary>
    public Uri Management => management.BaseAddress!;

    /// <summary>What it wrote so far.</summary>
    public IReadOnlyCollection<string> Log => process.Lines;

    public static async Task<MockDns> StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int port = FreePorts.Take(), managementPort = FreePorts.Take();
            var process = await ChildProcess.StartAsync([
                AcmeTools.ChallengeServer, "-dnsserver", $"127.0.0.1:{port}", "-management", $"127.0.0.1:{managementPort}",
                "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "", "-doh", "", "-http01", "", "-https01", "", "-tlsalpn01", "",
            ]);
            var dns = new MockDns(process, port, managementPort);
            try
            {
                if (await dns.IsReadyAsync(cancellationToken))
                    return dns;
            }
            catch
            {
                await dns.DisposeAsync();
                throw;
            }

            // Somebody else took one of the ports in between.
            await dns.DisposeAsync();
        }
    }

    /// <summary>Where names are that have no address of their own; empty: they have none.</summary>
    public Task SetDefaultIPv4Async(string address) => PostAsync("set-default-ipv4", new { ip = address });

    /// <inheritdoc cref="SetDefaultIPv4Async" />
    public Task SetDefaultIPv6Async(string address) => PostAsync("set-default-ipv6", new { ip = address });

    public Task AddAAsync(string name, params string[] addresses) => PostAsync("add-a", new { host = Full(name), addresses });

    public Task ClearAAsync(string name) => PostAsync("clear-a", new { host = Full(name) });

    public Task AddAaaaAsync(string name, params string[] addresses) => PostAsync("add-aaaa", new { host = Full(name), addresses });

    public Task ClearAaaaAsync(string name) => PostAsync("clear-aaaa", new { host = Full(name) });

    /// <summary>Adds a text to those at the name.</summary>
    public Task AddTxtAsync(string name, string value) => PostAsync("set-txt", new { host = Full(name), value });

    /// <summary>Takes away every text at the name; it cannot be told to take one.</summary>
    public Task ClearTxtAsync(string name) => PostAsync("clear-txt", new { host = Full(name) });

    public Task SetCnameAsync(string name, string target) => PostAsync("set-cname", new { host = Full(name), target = Full(target) });

    public Task ClearCnameAsync(string name) => PostAsync("clear-cname", new { host = Full(name) });

    /// <summary>Answers every question for the name with SERVFAIL.</summary>
    public Task SetServerFailureAsync(string name) => PostAsync("set-servfail", new { host = Full(name) });

    public Task ClearServerFailureAsync(string name) => PostAsync("clear-servfail", new { host = Full(name) });

    /// <summary>Pebble does not look at these; what is under test may.</summary>
    public Task AddCaaAsync(string name, string tag, string value) =>
        PostAsync("add-caa", new { host = Full(name), policies = new[] { new { tag, value } } });

    public Task ClearCaaAsync(string name) => PostAsync("clear-caa", new { host = Full(name) });

    /// <summary>Every question that was asked about the name, oldest first: as <c>Question: {Name, Qtype, Qclass}</c>.</summary>
    public async Task<IReadOnlyList<JsonElement>> QuestionsAsync(string name)
    {
        using var answer = await management.PostAsJsonAsync("dns-request-history", new { host = name.TrimEnd('.') });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement[]>())!;
    }

    /// <summary>Forgets the questions that were asked about the name.</summary>
    public Task ClearQuestionsAsync(string name) => PostAsync("clear-request-history", new { host = name.TrimEnd('.'), type = "dns" });

    /// <summary>The texts that it answers with.</summary>
    public Task<IReadOnlyList<string>> TextsAsync(string name, CancellationToken cancellationToken) =>
        DnsQuery.TextsAsync(EndPoint, name, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        management.Dispose();
        await process.DisposeAsync();
    }

    /// <summary>Whether it came up. It goes on when it does not get its ports, so what is set here must be found there.</summary>
    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartLimit);
        var name = $"{Guid.NewGuid():n}.test";
        var isSet = false;
        while (true)
        {
            if (process.HasExited || process.Lines.Any(line => line.Contains("address already in use", StringComparison.Ordinal)))
                return false;

            try
            {
                if (!isSet)
                    await AddTxtAsync(name, "here");
                isSet = true;
                if ((await DnsQuery.TextsAsync(EndPoint, name, patience.Token)).Count > 0)
                {
                    await ClearTxtAsync(name);
                    return true;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or System.Net.Sockets.SocketException or IOException)
            {
                // Not yet.
            }

            await Task.Delay(Pause, patience.Token);
        }
    }

    private async Task PostAsync(string command, object content)
    {
        using var answer = await management.PostAsJsonAsync(command, content);
        answer.EnsureSuccessStatusCode();
    }

    private static string Full(string name) => name.EndsWith('.') ? name : name + ".";
}
