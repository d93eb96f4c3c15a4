using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using MatrixEdge.Configuration;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;

namespace MatrixEdge;

/// <summary>
/// Asks the running gateway, by the admin listener of the same configuration. Exit code 0 when all went well; 1 when something
/// failed, is not done yet, or no gateway answers; 2 when the configuration is wrong.
/// </summary>
internal static class AdminClient
{
    // The gateway itself answers within two minutes, whatever is asked.
    private static readonly TimeSpan Patience = CertificateRequests.Patience + TimeSpan.FromSeconds(30);

    /// <summary>How answers are read: a gateway of another version may say more.</summary>
    public static readonly JsonSerializerOptions Json = new(AdminAnswer.Json) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip };

    /// <summary>Asks, and shows the answer; what goes wrong is told on the error stream.</summary>
    /// <param name="show">Shows an answer that is no error, and says the exit code.</param>
    public static async Task<int> RunAsync(
        string? configFile, HttpMethod method, string path, object? body, bool isJson, Func<string, int> show, CancellationToken stop)
    {
        var problems = new Problems();
        var source = ConfigurationSource.Open(configFile, ConfigurationEnvironment.OfProcess(), problems);

        // Nothing but the admin listener matters: a configuration that is being edited need not be whole.
        var section = source is null ? null : new SettingsSection(source.Document.Root[ConfigurationDocument.SectionName], ConfigurationDocument.SectionName, problems);
        var listen = section is null ? null : ListenSettings.Parse(section.Section("Listen"));
        if (listen is null || problems.Any)
        {
            foreach (var problem in problems.Found)
                await Console.Error.WriteLineAsync(problem.ToString());
            return Commands.BadUse;
        }

        var file = source!.Document.Path ?? "no configuration file: local mode";
        if (listen.Admin is not { Port: > 0 } admin)
        {
            await Console.Error.WriteLineAsync($"MatrixEdge:Listen:Admin is {(listen.Admin is null ? "closed" : "left to the system")} ({file}), so the gateway cannot be asked; give it an address, for example \"127.0.0.1:9090\"");
            return Commands.Failed;
        }

        try
        {
            using var answer = await AskAsync(admin, method, path, body, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            if (isJson)
                Console.WriteLine(text);
            if (ErrorIn(text) is not { } error)
                return isJson ? answer.StatusCode == HttpStatusCode.OK ? Commands.Well : Commands.Failed : show(text);

            if (!isJson)
                await Console.Error.WriteLineAsync(error);
        }
        catch (HttpRequestException exception)
        {
            await Console.Error.WriteLineAsync($"No gateway answers at {string.Join(" or ", AddressesOf(admin))} ({exception.Message.TrimEnd('.')}). Is it running, and with this configuration ({file})?");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"The gateway at {string.Join(" or ", AddressesOf(admin))} did not answer within {Patience.TotalSeconds:0} seconds; its log says what it is at");
        }
        catch (JsonException)
        {
            await Console.Error.WriteLineAsync($"What answers at {string.Join(" or ", AddressesOf(admin))} is not this gateway, or one of another version; see MatrixEdge:Listen:Admin ({file})");
        }

        return Commands.Failed;
    }

    /// <summary>Asks quietly; null when no gateway of this kind answers.</summary>
    public static async Task<T?> TryAskAsync<T>(ListenAddress admin, HttpMethod method, string path, CancellationToken stop)
        where T : class
    {
        try
        {
            using var answer = await AskAsync(admin, method, path, body: null, stop);
            return answer.IsSuccessStatusCode ? JsonRecord.Read<T>(await answer.Content.ReadAsByteArrayAsync(stop), Json) : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }

    private static async Task<HttpResponseMessage> AskAsync(ListenAddress admin, HttpMethod method, string path, object? body, CancellationToken stop)
    {
        // Never by a proxy of the environment: it would look for the gateway on its own host.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(5) }) { Timeout = Patience };
        var addresses = AddressesOf(admin).ToList();
        for (var i = 0; ; i++)
        {
            using var request = new HttpRequestMessage(method, new Uri(addresses[i], path));
            if (body is not null)
                request.Content = new ByteArrayContent(JsonRecord.WriteBytes(body, Json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            try
            {
                return await client.SendAsync(request, stop);
            }
            catch (HttpRequestException exception) when (i + 1 < addresses.Count && exception.HttpRequestError == HttpRequestError.ConnectionError)
            {
                // "localhost" is two addresses, and one of them may be out of use on this host.
            }
        }
    }

    // A listener on all addresses is reached on this host's own.
    private static IEnumerable<Uri> AddressesOf(ListenAddress admin) => admin.EndPoints
        .Select(endPoint => endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any) ? new IPEndPoint(IPAddress.Loopback, endPoint.Port) : endPoint)
        .Select(endPoint => new Uri($"http://{endPoint}"));

    private static string? ErrorIn(string text)
    {
        using var answer = JsonDocument.Parse(text);
        return answer.RootElement.ValueKind == JsonValueKind.Object && answer.RootElement.TryGetProperty("error", out var error) ? error.GetString() : null;
    }
}
