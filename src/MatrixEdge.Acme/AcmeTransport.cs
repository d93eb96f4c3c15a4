using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Text;

namespace MatrixEdge.Acme;

/// <summary>One request, one answer, over HTTPS (RFC 8555 §6.1): never redirected, never endless, never larger than 1 MiB.</summary>
internal sealed class AcmeTransport : IDisposable
{
    private const int LargestAnswer = 1024 * 1024;
    private readonly HttpMessageInvoker http;
    private readonly AcmeClientOptions options;
    private Tuple<TimeSpan>? skew;

    public AcmeTransport(AcmeClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IsLocal = options.DirectoryUri is { IsAbsoluteUri: true, IsLoopback: true };
        if (options.DirectoryUri is null || !ServerAddress.IsUsable(options.DirectoryUri, IsLocal))
            throw new ArgumentException($"The address of an ACME directory must be https, e.g. https://acme.example/directory, not {options.DirectoryUri}.", nameof(options));
        if (string.IsNullOrWhiteSpace(options.UserAgent) || options.UserAgent.Any(character => character is < ' ' or > '~'))
            throw new ArgumentException("ACME servers demand a User-Agent (RFC 8555 §6.1), in printable ASCII.", nameof(options));
        if (options.RequestTimeout <= TimeSpan.Zero)
            throw new ArgumentException("The time-out of requests must be longer than zero.", nameof(options));

        this.options = options;
        http = options.Handler is null
            ? new HttpMessageInvoker(NewHandler(options), disposeHandler: true)
            : new HttpMessageInvoker(options.Handler, disposeHandler: false);
    }

    /// <summary>Whether the server is on this machine.</summary>
    public bool IsLocal { get; }

    /// <summary>The server's clock minus ours at the last answer.</summary>
    public TimeSpan? ClockSkew => Volatile.Read(ref skew)?.Item1;

    /// <summary>Asks once.</summary>
    /// <exception cref="AcmeException">There was no answer. Answers of all kinds, errors too, are returned.</exception>
    public async Task<AcmeAnswer> ExchangeAsync(HttpMethod method, Uri url, string what, string? jws, string? accept, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var request = new HttpRequestMessage(method, url);
        request.Headers.TryAddWithoutValidation("User-Agent", options.UserAgent);
        if (accept is not null)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        if (jws is not null)
        {
            // Exactly this type: servers refuse it with a charset (RFC 8555 §6.2).
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(jws));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/jose+json");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(options.RequestTimeout);
        try
        {
            using var response = await http.SendAsync(request, limit.Token);
            var now = options.Time.GetUtcNow();
            Volatile.Write(ref skew, response.Headers.Date is { } date ? Tuple.Create(date - now) : null);
            var (body, cut) = method == HttpMethod.Head ? ([], false) : await ReadAsync(response, limit.Token);
            return new AcmeAnswer(url, what, response.StatusCode, body, cut, IsLocal)
            {
                Location = First(response, "Location"),
                ReplayNonce = First(response, "Replay-Nonce"),
                RetryAfter = RetryAfter.Read(First(response, "Retry-After"), response.Headers.Date ?? now),
                Links = Link.Read(response.Headers.TryGetValues("Link", out var links) ? links : []),
            };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
            if (exception is HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded })
                throw new AcmeException(AcmeFailure.NotUnderstood, url, $"What answered for {what} ({url}) does not speak HTTP as it should: {Words.Clean(exception.Message, Words.Excerpt)}", exception);
            throw new AcmeException(AcmeFailure.Unreachable, url, $"The ACME server could not be reached for {what} ({url}): {Reason(exception, url, limit.IsCancellationRequested)}.", exception);
        }
    }

    public void Dispose() => http.Dispose();

    private static SocketsHttpHandler NewHandler(AcmeClientOptions options) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),

        // Sooner than servers close idle connections: an order sent into a closing one is not sent again.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = new ServerTrust(options.TrustedRoots).Accepts },
    };

    private static string? First(HttpResponseMessage response, string header) =>
        response.Headers.TryGetValues(header, out var values) ? values.FirstOrDefault() : null;

    private static async Task<(byte[] Body, bool Cut)> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        try
        {
            using var stream = await response.Content.ReadAsStreamAsync(stop);
            using var body = new MemoryStream();
            var buffer = new byte[16 * 1024];
            for (int read; (read = await stream.ReadAsync(buffer, stop)) > 0;)
            {
                body.Write(buffer, 0, (int)Math.Min(read, LargestAnswer - body.Length));
                if (body.Length == LargestAnswer)
                    return (body.ToArray(), true);
            }

            return (body.ToArray(), false);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException && !response.IsSuccessStatusCode)
        {
            // The status says more than the broken connection does.
            return ([], false);
        }
    }

    private string Reason(Exception exception, Uri url, bool late)
    {
        if (late)
            return $"there was no whole answer within {options.RequestTimeout.TotalSeconds:0.###} s";
        if (exception is OperationCanceledException)
            return "no connection could be made in time";

        // The innermost exception says it best: the socket's, or the certificate's.
        var innermost = exception.GetBaseException();
        var words = Words.Clean(innermost.Message, Words.Excerpt).TrimEnd('.');
        return exception is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } ? $"the name {url.Host} cannot be resolved ({words})" : words;
    }
}
