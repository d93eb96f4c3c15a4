using System.Net;

namespace MatrixEdge.Acme;

/// <summary>Requests with what RFC 8555 §6 asks for around them: nonces, signatures, and careful repetition. Answers are of success.</summary>
internal sealed class AcmeRequests(AcmeTransport transport, TimeProvider time) : IDisposable
{
    private const int MostNonces = 10;

    // Between the three tries of what may be repeated.
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(1500)];
    private readonly NoncePool nonces = new(time);

    public TimeSpan? ClockSkew => transport.ClockSkew;

    /// <summary>Reads something that anyone may read.</summary>
    public Task<AcmeAnswer> GetAsync(Uri url, string what, CancellationToken stop) =>
        RepeatAsync(() => ExchangeAsync(HttpMethod.Get, url, what, null, null, stop), repeat: true, stop);

    /// <summary>Sends a signed request; signs anew when the nonce is refused, ten times at most.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="what">What it is about, for messages.</param>
    /// <param name="signer">Who signs.</param>
    /// <param name="payload">JSON, or nothing for POST-as-GET.</param>
    /// <param name="repeat">Whether it changes nothing, so that it may be sent again when it is not known what became of it.</param>
    /// <param name="newNonce">Where nonces come from when the pool is empty.</param>
    /// <param name="accept">The media type wished for; null for any.</param>
    /// <param name="stop">Gives up.</param>
    public Task<AcmeAnswer> PostAsync(
        Uri url, string what, AcmeSigner signer, string payload, bool repeat, Uri newNonce, string? accept, CancellationToken stop)
    {
        if (!ServerAddress.IsUsable(url, transport.IsLocal))
            throw new ArgumentException($"{url} is not an address for ACME requests: it must be https.", nameof(url));

        return RepeatAsync(() => SignAndSendAsync(url, what, signer, payload, repeat, newNonce, accept, stop), repeat, stop);
    }

    public void Dispose() => transport.Dispose();

    private async Task<AcmeAnswer> SignAndSendAsync(
        Uri url, string what, AcmeSigner signer, string payload, bool repeat, Uri newNonce, string? accept, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var nonce = nonces.Take() ?? await FetchNonceAsync(newNonce, repeat: !repeat, stop);
            try
            {
                return await ExchangeAsync(HttpMethod.Post, url, what, Jws.Sign(signer, url, nonce, payload), accept, stop);
            }
            catch (AcmeException exception) when (exception.Problem?.Is(AcmeErrors.BadNonce) == true && attempt < MostNonces)
            {
                // The refusal brought a fresh nonce, which is now the newest (RFC 8555 §6.5).
            }
        }
    }

    // Fetching a nonce is harmless, whatever the request that it is for; what is repeated as a whole is not repeated in here, too.
    private async Task<string> FetchNonceAsync(Uri newNonce, bool repeat, CancellationToken stop)
    {
        var answer = await RepeatAsync(() => ExchangeAsync(HttpMethod.Head, newNonce, "a nonce", null, null, stop), repeat, stop);
        return nonces.Take() ?? throw answer.NotUnderstood("there is no Replay-Nonce in it");
    }

    private async Task<AcmeAnswer> RepeatAsync(Func<Task<AcmeAnswer>> send, bool repeat, CancellationToken stop)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await send();
            }
            catch (AcmeException exception) when (repeat && attempt < Pauses.Length && MayPass(exception))
            {
                await Task.Delay(Pauses[attempt], time, stop);
            }
        }
    }

    private static bool MayPass(AcmeException exception) =>
        exception.Kind == AcmeFailure.Unreachable || (exception.Kind == AcmeFailure.ServerError && exception.RetryAfter is null);

    private async Task<AcmeAnswer> ExchangeAsync(HttpMethod method, Uri url, string what, string? body, string? accept, CancellationToken stop)
    {
        var answer = await transport.ExchangeAsync(method, url, what, body, accept, stop);
        nonces.Put(answer.ReplayNonce);
        return answer.StatusCode is >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices ? answer.Whole() : throw answer.ToException();
    }
}
