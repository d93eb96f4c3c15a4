using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Text.Json;

namespace MatrixEdge.Proxying;

/// <summary>Asks a homeserver about itself, on the gateway's own account.</summary>
internal sealed class HomeserverProbe(UpstreamConnections connections, TimeProvider time)
{
    private const int UsualAnswer = 4 * 1024;
    private const int LargestAnswer = 64 * UsualAnswer;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks; whatever the homeserver does, there is an answer, if only of what went wrong.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Anything may stand behind the address; no answer of it is the gateway's failure.")]
    public async Task<HomeserverAnswer> AskAsync(Homeserver homeserver, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            var versions = await GetAsync(homeserver, "/_matrix/client/versions", limit.Token);
            if (versions is not { ValueKind: JsonValueKind.Object } || !versions.Value.TryGetProperty("versions", out var list) || list.ValueKind != JsonValueKind.Array)
                return new HomeserverAnswer(null, [], $"{homeserver.Prefix}/_matrix/client/versions is not what a homeserver answers; is another program listening there?");

            var software = await AskSoftwareAsync(homeserver, limit.Token);
            await AskUploadLimitAsync(homeserver, limit.Token);
            return new HomeserverAnswer(
                software,
                [.. list.EnumerateArray().Where(version => version.ValueKind == JsonValueKind.String).Select(version => version.GetString()!)],
                null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new HomeserverAnswer(null, [], $"no answer within {Patience.TotalSeconds:0} s");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new HomeserverAnswer(null, [], exception.InnerException?.Message ?? exception.Message);
        }
    }

    /// <summary>Reads <c>m.upload.size</c> out of an answer to <c>/media/config</c>; null when it is not there.</summary>
    public static long? ReadUploadSize(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using var document = JsonDocument.ParseValue(ref reader);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("m.upload.size", out var size)
                && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var bytes) && bytes >= 0
                ? bytes
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<string?> AskSoftwareAsync(Homeserver homeserver, CancellationToken stop)
    {
        var version = await GetAsync(homeserver, "/_matrix/federation/v1/version", stop);
        if (version is not { ValueKind: JsonValueKind.Object } || !version.Value.TryGetProperty("server", out var server) || server.ValueKind != JsonValueKind.Object)
            return null;

        var parts = new[] { "name", "version" }
            .Select(key => server.TryGetProperty(key, out var part) && part.ValueKind == JsonValueKind.String ? part.GetString() : null);
        var text = string.Join(' ', parts.OfType<string>());
        return text.Length is > 0 and <= 100 ? text : null;
    }

    private async Task AskUploadLimitAsync(Homeserver homeserver, CancellationToken stop)
    {
        foreach (var path in (string[])["/_matrix/client/v1/media/config", "/_matrix/media/v3/config"])
        {
            if (await GetBytesAsync(homeserver, path, stop) is { } body && ReadUploadSize(body) is { } size)
            {
                homeserver.UploadLimit.Learn(size, time);
                return;
            }
        }
    }

    private async Task<JsonElement?> GetAsync(Homeserver homeserver, string path, CancellationToken stop)
    {
        if (await GetBytesAsync(homeserver, path, stop) is not { } body)
            return null;

        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<byte[]?> GetBytesAsync(Homeserver homeserver, string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, homeserver.Prefix + path);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.UserAgent.ParseAdd("MatrixEdge");
        using var response = await connections.Client.SendAsync(request, stop);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentLength > LargestAnswer)
            return null;

        await using var body = await response.Content.ReadAsStreamAsync(stop);
        var answer = new byte[UsualAnswer];
        for (var length = 0; ;)
        {
            length += await body.ReadAtLeastAsync(answer.AsMemory(length), answer.Length - length, throwOnEndOfStream: false, stop);
            if (length < answer.Length)
                return answer[..length];
            if (length >= LargestAnswer)
                return null;
            Array.Resize(ref answer, 4 * length);
        }
    }
}
