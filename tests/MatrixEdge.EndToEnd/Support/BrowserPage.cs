using System.Collections.Concurrent;
using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A tab of Chromium, and what its network did.</summary>
internal sealed class BrowserPage(Chromium chromium, string session, string context) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, string> requests = new();
    private readonly ConcurrentQueue<(string Url, int Status, string Protocol)> answers = new();
    private readonly ConcurrentQueue<string> failures = new();

    public string Session => session;

    /// <summary>What was answered so far, with the protocol as TLS names it: <c>h2</c>.</summary>
    public IReadOnlyCollection<(string Url, int Status, string Protocol)> Answers => answers;

    /// <summary>
    /// Each request that ended without an answer that the page may see, and Chromium's reason: to the page all of these are
    /// one and the same "Failed to fetch". Without those that the page gave up itself.
    /// </summary>
    public IReadOnlyCollection<string> Failures => failures;

    public async Task GoAsync(Uri address, CancellationToken cancellationToken)
    {
        await chromium.SendAsync(session, "Network.enable", new { }, cancellationToken);
        await chromium.SendAsync(session, "Page.navigate", new { url = address }, cancellationToken);
        await Until.TrueAsync(
            async () => (await EvaluateAsync("document.readyState === 'complete' && 'page' in globalThis", cancellationToken)).GetBoolean(),
            $"the page at {address}", cancellationToken);
    }

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

    private async Task<JsonElement> EvaluateAsync(string expression, CancellationToken cancellationToken)
    {
        var result = await chromium.SendAsync(
            session, "Runtime.evaluate", new { expression, awaitPromise = true, returnByValue = true }, cancellationToken);
        Assert.False(result.TryGetProperty("exceptionDetails", out var exception), $"{expression}: {exception}");
        return result.GetProperty("result").GetProperty("value");
    }
}
