using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// Chromium without a window, driven by its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/). It verifies
/// certificates: the tests' root is the one that its user has added.
/// </summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string Greeting = "DevTools listening on ";
    private const int LargestChunk = 64 * 1024;
    private static readonly TimeSpan CommandLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    private readonly ChildProcess process;
    private readonly ClientWebSocket socket = new();
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> open = new();
    private readonly ConcurrentDictionary<string, BrowserPage> pages = new();
    private Task reading = Task.CompletedTask;
    private int commands;

    private Chromium(ChildProcess process) => this.process = process;

    /// <param name="directory">For its profile, and nothing else.</param>
    /// <param name="hosts">Where names lead, with ports: <c>matrix.one.test:443</c> to <c>127.0.0.1:12345</c>. Other names lead nowhere.</param>
    public static async Task<Chromium> StartAsync(
        string directory, TestAuthority authority, IReadOnlyDictionary<string, string> hosts, CancellationToken cancellationToken)
    {
        await TrustAsync(directory, authority);
        var rules = hosts.Select(host => $"MAP {host.Key} {host.Value}").Append("MAP * ~NOTFOUND").Append("EXCLUDE localhost").Append("EXCLUDE 127.0.0.1");
        var process = await ChildProcess.StartAsync(
            [
                Tools.Chromium,
                "--no-sandbox", // which it cannot have when root runs it
                "--disable-gpu",
                "--disable-dev-shm-usage", // containers have little of it
                "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                $"--user-data-dir={Path.Combine(directory, "profile")}",
                $"--host-resolver-rules={string.Join(", ", rules)}",
                "--no-proxy-server",
                "--remote-debugging-port=0",
                "about:blank",
            ],
            new Dictionary<string, string> { ["HOME"] = directory, ["DBUS_SESSION_BUS_ADDRESS"] = "" });

        var chromium = new Chromium(process);
        try
        {
            var address = await Until.FoundAsync(
                () =>
                {
                    Assert.False(process.HasExited, $"Chromium ended at once:\n{string.Join('\n', process.Lines)}");
                    return Task.FromResult(process.Lines.FirstOrDefault(line => line.StartsWith(Greeting, StringComparison.Ordinal)));
                },
                "the address at which Chromium takes commands", cancellationToken);
            await chromium.socket.ConnectAsync(new Uri(address[Greeting.Length..]), cancellationToken);
            chromium.reading = chromium.ReadAsync();
            return chromium;
        }
        catch
        {
            await chromium.DisposeAsync();
            throw;
        }
    }

    /// <summary>A tab with storage of its own, in which <c>page.mjs</c> runs.</summary>
    public async Task<BrowserPage> OpenAsync(Uri address, CancellationToken cancellationToken)
    {
        var page = await OpenAsync(cancellationToken);
        await page.GoAsync(address, "'page' in globalThis", cancellationToken);
        return page;
    }

    /// <summary>An empty tab with storage of its own.</summary>
    public async Task<BrowserPage> OpenAsync(CancellationToken cancellationToken)
    {
        var context = (await SendAsync(null, "Target.createBrowserContext", new { }, cancellationToken)).GetProperty("browserContextId").GetString();
        var target = (await SendAsync(null, "Target.createTarget", new { url = "about:blank", browserContextId = context }, cancellationToken))
            .GetProperty("targetId").GetString();
        var session = (await SendAsync(null, "Target.attachToTarget", new { targetId = target, flatten = true }, cancellationToken))
            .GetProperty("sessionId").GetString()!;
        return pages[session] = new BrowserPage(this, session, context!);
    }

    /// <summary>Sends a command, to one tab or to the browser as a whole, and gives its result.</summary>
    public async Task<JsonElement> SendAsync(string? session, string method, object parameters, CancellationToken cancellationToken)
    {
        var id = Interlocked.Increment(ref commands);
        var answer = open[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = session is null
            ? JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters })
            : JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters, sessionId = session });
        await sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(command, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        }
        finally
        {
            sending.Release();
        }

        return await answer.Task.WaitAsync(CommandLimit, cancellationToken);
    }

    public void Forget(BrowserPage page) => pages.TryRemove(page.Session, out _);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited && socket.State == WebSocketState.Open)
        {
            // It ends its helpers, which a signal would leave to themselves for a while.
            await SendAsync(null, "Browser.close", new { }, CancellationToken.None);
            await process.EndAsync(EndLimit);
        }

        await reading;
        socket.Dispose();
        sending.Dispose();
        await process.DisposeAsync();
    }

    /// <summary>What Chromium on Linux believes beside its own roots: the certificate database of its user.</summary>
    private static async Task TrustAsync(string directory, TestAuthority authority)
    {
        var database = Directory.CreateDirectory(Path.Combine(directory, ".pki", "nssdb")).FullName;
        var password = Path.Combine(directory, "password");
        await File.WriteAllTextAsync(password, "\n");
        foreach (var command in new string[][] { ["-N"], ["-A", "-n", "tests", "-t", "C,,", "-i", authority.RootPath] })
        {
            await using var certutil = await ChildProcess.StartAsync(["certutil", "-d", $"sql:{database}", "-f", password, .. command]);
            Assert.True(await certutil.EndAsync(EndLimit) == 0, string.Join('\n', certutil.Lines));
        }
    }

    private async Task ReadAsync()
    {
        var message = new MemoryStream();
        var chunk = new byte[LargestChunk];
        try
        {
            while (true)
            {
                var read = await socket.ReceiveAsync(chunk.AsMemory(), CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close)
                    break;

                message.Write(chunk, 0, read.Count);
                if (!read.EndOfMessage)
                    continue;

                Take(JsonDocument.Parse(message.ToArray()).RootElement);
                message.SetLength(0);
            }
        }
        catch (WebSocketException)
        {
            // It has ended; whoever waits for an answer hears of it below.
        }

        foreach (var answer in open.Values)
            answer.TrySetException(new InvalidOperationException("Chromium ended."));
    }

    private void Take(JsonElement message)
    {
        if (!message.TryGetProperty("id", out var id))
        {
            if (message.TryGetProperty("sessionId", out var session) && pages.TryGetValue(session.GetString()!, out var page))
                page.Take(message.GetProperty("method").GetString()!, message.GetProperty("params"));
        }
        else if (open.TryRemove(id.GetInt32(), out var answer))
        {
            if (message.TryGetProperty("error", out var error))
                answer.SetException(new InvalidOperationException($"Chromium refused a command: {error}"));
            else
                answer.SetResult(message.GetProperty("result"));
        }
    }
}
