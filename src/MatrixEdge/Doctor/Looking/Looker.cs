using System.Collections.Immutable;
using System.IO.Compression;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Doctor.Looking;

/// <summary>
/// Looks at servers by HTTP/1.1, as other homeservers do: one connection for each look, to the very address that is to be
/// looked at. Nothing but cancellation is thrown, and nothing that a stranger does takes more than bounded time and memory.
/// </summary>
/// <param name="home">Where the examined server is. No other scope is looked at but the public one, so that a stranger's document cannot send the asker into its own network; null: anywhere.</param>
internal sealed class Looker(INetwork network, CertificateTrust trust, AddressScope? home, TimeProvider time) : IDisposable
{
    /// <summary>In bytes, decoded.</summary>
    public const int LargestBody = 256 * 1024;

    private const int LongestHeaders = 64; // KiB
    private const int MostAtOnce = 24;

    private readonly SemaphoreSlim places = new(MostAtOnce);

    /// <summary>How long a connection and the handshake may take, each; an answer may take twice that.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    public void Dispose() => places.Dispose();

    /// <summary>Completes a handshake, and no more.</summary>
    /// <param name="name">Sent as SNI unless it is an address or empty.</param>
    public async Task<(TlsLook? Look, LookFailure? Failure)> ShakeHandsAsync(IPEndPoint endPoint, string name, CancellationToken stop)
    {
        await places.WaitAsync(stop);
        try
        {
            var (stream, tls, failure) = await OpenAsync(endPoint, name, stop);
            if (stream is not null)
                await stream.DisposeAsync();
            return (tls, failure);
        }
        finally
        {
            places.Release();
        }
    }

    public async Task<HttpLook> LookAsync(LookRequest request, IPEndPoint endPoint, CancellationToken stop)
    {
        await places.WaitAsync(stop);
        try
        {
            var begun = time.GetTimestamp();
            var (stream, tls, failure) = await OpenAsync(endPoint, request.TlsName, stop);
            if (stream is null)
                return new HttpLook(request, endPoint, null, null, [], default, failure) { Took = time.GetElapsedTime(begun), At = time.GetUtcNow() };

            await using (stream)
            {
                var look = await AskAsync(request, endPoint, tls, stream, stop);
                return look with { Took = time.GetElapsedTime(begun), At = time.GetUtcNow() };
            }
        }
        finally
        {
            places.Release();
        }
    }

    private async Task<(Stream? Stream, TlsLook? Tls, LookFailure? Failure)> OpenAsync(IPEndPoint endPoint, string? tlsName, CancellationToken stop)
    {
        if (home is not null && endPoint.Address.Scope() is var scope && scope != AddressScope.Public && scope != home)
            return (null, null, new LookFailure(LookFault.Forbidden, $"{endPoint.Address} is not asked, since it is {scope.Words()}"));

        Socket socket;
        using (var patience = new CancellationTokenSource(Patience, time))
        using (var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token))
        {
            try
            {
                socket = await network.ConnectAsync(endPoint, either.Token);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                return (null, null, new LookFailure(LookFault.ConnectTimedOut, $"{endPoint} does not answer within {Patience.TotalSeconds:0.#} s: a firewall drops what comes, or the address leads nowhere"));
            }
            catch (SocketException exception)
            {
                return (null, null, exception.SocketErrorCode == SocketError.ConnectionRefused
                    ? new LookFailure(LookFault.Refused, $"nothing listens at {endPoint}")
                    : new LookFailure(LookFault.Unreachable, $"there is no way to {endPoint} ({exception.Message})"));
            }
        }

        Stream stream = new NetworkStream(socket, ownsSocket: true);
        return tlsName is null ? (stream, null, null) : await SecureAsync(stream, endPoint, tlsName, stop);
    }

    private async Task<(Stream? Stream, TlsLook? Tls, LookFailure? Failure)> SecureAsync(Stream plain, IPEndPoint endPoint, string name, CancellationToken stop)
    {
        X509Certificate2? leaf = null;
        ImmutableArray<X509Certificate2> sent = [];
        var stream = new SslStream(plain, leaveInnerStreamOpen: false);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            await stream.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    AllowTlsResume = false, // a resumed connection shows no certificate
                    CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
                    RemoteCertificateValidationCallback = (_, certificate, chain, _) =>
                    {
                        if (certificate is not null)
                            leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
                        sent = chain is null ? [] : [.. chain.ChainPolicy.ExtraStore.Select(extra => X509CertificateLoader.LoadCertificate(extra.RawData))];
                        return true; // judged afterwards, when everything was seen
                    },
                },
                either.Token);
            if (leaf is not null)
                return (stream, new TlsLook(trust.Judge(leaf, sent), stream.SslProtocol), null);

            await stream.DisposeAsync();
            return (null, null, new LookFailure(LookFault.Tls, $"{endPoint} shows no certificate"));
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            await stream.DisposeAsync();
            return (null, null, new LookFailure(LookFault.Tls, $"{endPoint} takes the connection and does not answer the TLS handshake within {Patience.TotalSeconds:0.#} s"));
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or SocketException)
        {
            await stream.DisposeAsync();
            return (null, null, new LookFailure(LookFault.Tls, $"{endPoint} takes the connection and then {Explain(exception)}"));
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static string Explain(Exception exception)
    {
        var words = Delegation.JsonAnswer.Shorten((exception.InnerException?.Message ?? exception.Message).TrimEnd('.'));
        return exception is AuthenticationException
            ? $"does not complete the TLS handshake ({words}): plain HTTP where HTTPS is expected, or no certificate for the name"
            : $"closes it during the TLS handshake ({words})";
    }

    private async Task<HttpLook> AskAsync(LookRequest request, IPEndPoint endPoint, TlsLook? tls, Stream stream, CancellationToken stop)
    {
        var longest = request.Patience ?? 2 * Patience;
        using var patience = new CancellationTokenSource(longest, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        using var announced = request.AnnouncedLength is { } length ? new AnnouncedBody(length) : null;
        var isGiven = false;
        HttpLook Fail(LookFault fault, string words) => new(request, endPoint, tls, null, [], default, new LookFailure(fault, words));
        try
        {
            using var handler = new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ActivityHeadersPropagator = null,
                MaxResponseHeadersLength = LongestHeaders,
                Expect100ContinueTimeout = longest,
                // The handler would try once more when the other side closes without a word.
                ConnectCallback = (_, _) =>
                {
                    var given = isGiven ? throw new IOException("The connection was closed.") : stream;
                    isGiven = true;
                    return ValueTask.FromResult(given);
                },
            };
            using var client = new HttpMessageInvoker(handler);

            // The stream has its TLS already, so that the handler sees plain HTTP.
            var uri = new Uri($"http://{request.Host}{request.Target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var message = new HttpRequestMessage(request.Method, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = announced };
            message.Headers.Host = request.Host;
            message.Headers.TryAddWithoutValidation("User-Agent", "MatrixEdge doctor");
            message.Headers.TryAddWithoutValidation("Accept", "*/*");
            message.Headers.ExpectContinue = announced is null ? null : true;
            foreach (var (name, value) in request.Headers)
                message.Headers.TryAddWithoutValidation(name, value);

            using var response = await client.SendAsync(message, either.Token);
            var headers = response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated)
                .SelectMany(header => header.Value.Select(value => (header.Key, value))).ToImmutableArray();
            var (body, isTooLong) = await ReadAsync(response, either.Token);
            return new HttpLook(request, endPoint, tls, (int)response.StatusCode, headers, body, null) { IsTooLong = isTooLong };
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Fail(LookFault.AnswerTimedOut, $"{endPoint} takes the connection and has not answered within {longest.TotalSeconds:0.#} s");
        }
        catch (Exception) when (announced is { WasAskedFor: true })
        {
            return new HttpLook(request, endPoint, tls, null, [], default, null) { WouldTakeBody = true };
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or InvalidDataException or InvalidOperationException or SocketException or FormatException or ArgumentException)
        {
            stop.ThrowIfCancellationRequested();
            var error = (exception as HttpRequestException)?.HttpRequestError;
            return error is HttpRequestError.ResponseEnded || (exception.InnerException ?? exception) is IOException or SocketException
                ? Fail(LookFault.Closed, $"{endPoint} takes the connection and closes it without a whole answer")
                : Fail(LookFault.BadAnswer, $"{endPoint} answers what is no proper HTTP ({Delegation.JsonAnswer.Shorten((exception.InnerException?.Message ?? exception.Message).TrimEnd('.'))})");
        }
    }

    // A gigabyte, or a kilobyte that becomes one, is read as far as anybody would read it.
    private static async Task<(ReadOnlyMemory<byte> Body, bool IsTooLong)> ReadAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var raw = await response.Content.ReadAsStreamAsync(stop);
        await using var decoded = response.Content.Headers.ContentEncoding.LastOrDefault()?.ToLowerInvariant() switch
        {
            "gzip" => new GZipStream(raw, CompressionMode.Decompress),
            "br" => new BrotliStream(raw, CompressionMode.Decompress),
            "deflate" => new ZLibStream(raw, CompressionMode.Decompress),
            _ => raw,
        };
        var buffer = new byte[4096];
        var length = 0;
        while (true)
        {
            var read = await decoded.ReadAsync(buffer.AsMemory(length), stop);
            length += read;
            if (read == 0 || length > LargestBody)
                return (buffer.AsMemory(0, Math.Min(length, LargestBody + 1)), length > LargestBody);
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 4, LargestBody + 4096));
        }
    }

    /// <summary>Announces its length, and stops when it is really asked for.</summary>
    private sealed class AnnouncedBody : HttpContent
    {
        private readonly long length;

        public AnnouncedBody(long length)
        {
            this.length = length;
            Headers.TryAddWithoutValidation("Content-Type", "application/octet-stream");
        }

        public bool WasAskedFor { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            WasAskedFor = true;
            throw new IOException("The body would be taken.");
        }

        protected override bool TryComputeLength(out long announced)
        {
            announced = length;
            return true;
        }
    }
}
