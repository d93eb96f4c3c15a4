using System.Collections.Concurrent;
using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A tab of Chromium, and what its network did.</summary>
internal sealed class BrowserPage(Chromium chromium, string session, string context) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> requests = new();
    private readonly ConcurrentQueue<(string Url, int Status, string Protocol)> answers = new();
    private readonly ConcurrentQueue<string> failures = new();
    private readonly ConcurrentQueue<string> complaints = new();

    public string Session => session;

    /// <summary>What was answered so far, with the protocol as TLS names it: <c>h2</c>.</summary>
    public IReadOnlyCollection<(string Url, int Status, string Protocol)> Answers => answers;

    /// <summary>
    /// Each request that ended without an answer that the page may see, and Chromium's reason: to the page all of these are
    /// one and the same "Failed to fetch". Without those that the page gave up itself.
    /// </summary>
    public IReadOnlyCollection<string> Failures => failures;

    /// <summary>What the console shows to a developer: errors, and what a policy of the page forbade.</summary>
    public IReadOnlyCollection<string> Complaints => complaints;

    /// <param name="isThere">An expression that is true once the page is ready.</param>
    public async Task GoAsync(Uri address, string isThere, CancellationToken cancellationToken)
    {
        foreach (var domain in new[] { "Network", "Runtime", "Log", "Page" })
            await chromium.SendAsync(session, $"{domain}.enable", new { }, cancellationToken);
        await chromium.SendAsync(session, "Page.navigate", new { url = address }, cancellationToken);
        await Until.TrueAsync(
            async () => (await EvaluateAsync($"location.href !== 'about:blank' && document.readyState === 'complete' && {isThere}", cancellationToken)).GetBoolean(),
            $"the page at {address}", cancellationToken);
    }

    /// <summary>How large the window is, in the page's own pixels, and which colours its user likes.</summary>
    public async Task LookAsync(int width, int height, bool isDark, CancellationToken cancellationToken)
    {
        await chromium.SendAsync(session, "Emulation.setDeviceMetricsOverride", new { width, height, deviceScaleFactor = 1, mobile = width < 600 }, cancellationToken);
        await chromium.SendAsync(session, "Emulation.setScrollbarsHidden", new { hidden = true }, cancellationToken);
        await chromium.SendAsync(
            session, "Emulation.setEmulatedMedia", new { features = new[] { new { name = "prefers-color-scheme", value = isDark ? "dark" : "light" }, new { name = "prefers-reduced-motion", value = "reduce" } } }, cancellationToken);
    }

    /// <summary>The page runs no script any more; what the test evaluates runs all the same.</summary>
    public Task ForbidScriptsAsync(CancellationToken cancellationToken) =>
        chromium.SendAsync(session, "Emulation.setScriptExecutionDisabled", new { value = true }, cancellationToken);

    /// <summary>Presses and releases a key, by its name in the DOM.</summary>
    public async Task PressAsync(string key, CancellationToken cancellationToken)
    {
        var (code, text) = key switch { "Tab" => (9, ""), "Enter" => (13, "\r"), _ => throw new ArgumentOutOfRangeException(nameof(key), key, "Not known here.") };
        await chromium.SendAsync(session, "Input.dispatchKeyEvent", new { type = text.Length > 0 ? "keyDown" : "rawKeyDown", key, code = key, windowsVirtualKeyCode = code, text }, cancellationToken);
        await chromium.SendAsync(session, "Input.dispatchKeyEvent", new { type = "keyUp", key, code = key, windowsVirtualKeyCode = code }, cancellationToken);
    }

    /// <summary>A PNG of what the window shows, or of the page in its whole length.</summary>
    public async Task<byte[]> PictureAsync(bool isWhole, CancellationToken cancellationToken) =>
        (await chromium.SendAsync(session, "Page.captureScreenshot", new { format = "png", captureBeyondViewport = isWhole }, cancellationToken)).GetProperty("data").GetBytesFromBase64();

    /// <summary>Does a step of <c>page.mjs</c>; it must succeed.</summary>
    public async Task<JsonElement> DoAsync(string step, object[] values, CancellationToken cancellationToken)
    {
        var outcome = await AttemptAsync(step, values, cancellationToken);
        Assert.True(outcome.TryGetProperty("value", out var value), $"{step}: {outcome}\n{string.Join('\n', failures)}");
        return value;
    }

    /// <summary>Does a step of <c>page.mjs</c> and says how it ended.</summary>
    public Task<JsonElement> AttemptAsync(string step, object[] values, CancellationToken cancellationToken) =>
        EvaluateAsync($"page.attempt({string.Join(", ", values.Prepend(step).Select(value => JsonSerializer.Serialize(value)))})", cancellationToken);

    /// <summary>What an expression comes to; undefined when that is nothing. A promise is awaited.</summary>
    public async Task<JsonElement> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        var result = await chromium.SendAsync(
            session, "Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true }, cancellationToken);
        Assert.False(result.TryGetProperty("exceptionDetails", out var exception), $"{expression}: {exception}");
        return result.GetProperty("result").TryGetProperty("value", out var value) ? value : default;
    }

    /// <summary>How fast the page sends, in bytes per second; -1 for as fast as it can.</summary>
    public Task LimitSendingAsync(int bytesPerSecond, CancellationToken cancellationToken) => chromium.SendAsync(
        session, "Network.emulateNetworkConditions",
        new { offline = false, latency = 0, downloadThroughput = -1, uploadThroughput = bytesPerSecond }, cancellationToken);

    public void Take(string method, JsonElement parameters)
    {
        switch (method)
        {
            case "Network.requestWillBeSent":
                var request = parameters.GetProperty("request");
                requests[parameters.GetProperty("requestId").GetString()!] = $"{request.GetProperty("method").GetString()} {request.GetProperty("url").GetString()}";
                break;

            case "Network.responseReceived":
                var response = parameters.GetProperty("response");
                answers.Enqueue((
                    response.GetProperty("url").GetString()!, response.GetProperty("status").GetInt32(),
                    response.TryGetProperty("protocol", out var protocol) ? protocol.GetString()! : ""));
                break;

            case "Runtime.exceptionThrown":
            case "Runtime.consoleAPICalled" when parameters.GetProperty("type").GetString() is "error" or "warning" or "assert":
            case "Log.entryAdded" when parameters.GetProperty("entry").GetProperty("level").GetString() is "error" or "warning":
                complaints.Enqueue(parameters.ToString());
                break;

            case "Network.loadingFailed" when !(parameters.TryGetProperty("canceled", out var canceled) && canceled.GetBoolean()):
                failures.Enqueue($"{requests.GetValueOrDefault(parameters.GetProperty("requestId").GetString()!)}: {parameters}");
                break;
        }
    }

    public async ValueTask DisposeAsync()
    {
        chromium.Forget(this);
        await chromium.SendAsync(null, "Target.disposeBrowserContext", new { browserContextId = context }, CancellationToken.None);
    }
}
