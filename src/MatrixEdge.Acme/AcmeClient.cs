using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MatrixEdge.Acme;

/// <summary>
/// Talks to one ACME server (RFC 8555, RFC 8737, RFC 8738, RFC 9773), for one account at a time. It signs, keeps nonces, repeats what
/// can safely be repeated, and reads answers with suspicion; it stores nothing, schedules nothing and decides nothing.
/// <para>
/// All calls end with an <see cref="AcmeException"/> when something is wrong with server or network, with
/// <see cref="OperationCanceledException"/> when they are told to stop, and with <see cref="InvalidOperationException"/> when an account
/// is needed and none is signed in. Reading is tried up to three times when the network fails or the server is in trouble; what
/// changes something is sent once, and after <see cref="AcmeFailure.Unreachable"/> the caller must look whether it has happened.
/// </para>
/// <para>Calls may run at the same time; only signing in, or changing the key, while others are under way is the caller's own risk.</para>
/// </summary>
/// <param name="options">Which server, and how.</param>
/// <exception cref="ArgumentException">The options cannot be used; the message says which.</exception>
public sealed class AcmeClient(AcmeClientOptions options) : IDisposable
{
    private const int MostPages = 1000;
    private static readonly TimeSpan DirectoryAge = TimeSpan.FromHours(1);
    private static readonly TimeSpan[] Pauses = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5)];
    private readonly AcmeRequests requests = new(new AcmeTransport(options), options.Time);
    private volatile KnownDirectory? directory;
    private volatile SignedIn? account;

    /// <summary>The server's directory.</summary>
    public Uri DirectoryUri => options.DirectoryUri;

    /// <summary>
    /// The server's <c>Date</c> minus this machine's clock at the last answer, to the second: positive when the server is ahead. Null
    /// before the first answer, and while the server sends no date.
    /// </summary>
    public TimeSpan? ClockSkew => requests.ClockSkew;

    /// <summary>The account that is signed in; null when none is.</summary>
    public Uri? AccountUri => account?.Location;

    /// <summary>What the server offers (RFC 8555 §7.1.1). Kept for an hour; asked for again after an answer 404.</summary>
    public async Task<AcmeDirectory> GetDirectoryAsync(CancellationToken stop = default)
    {
        if (directory is { } known && options.Time.GetElapsedTime(known.Since) < DirectoryAge)
            return known.Directory;

        var since = options.Time.GetTimestamp();
        var fresh = AcmeReading.Directory(await requests.GetAsync(options.DirectoryUri, "its directory", stop));
        directory = new KnownDirectory(fresh, since);
        return fresh;
    }

    /// <summary>From here on requests are signed by this account, of which the server hears nothing yet.</summary>
    /// <param name="key">The account's key; it stays the caller's, and must live as long as it is used here.</param>
    /// <param name="accountUri">What <see cref="AcmeAccount.Location"/> said.</param>
    public void SignIn(AcmeKey key, Uri accountUri)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(accountUri);
        account = new SignedIn(key, accountUri);
    }

    /// <summary>What proves control over a name, made of a challenge's token and the account's key (RFC 8555 §8.1).</summary>
    /// <exception cref="InvalidOperationException">Nobody is signed in.</exception>
    public string KeyAuthorization(string token) => Account.Key.KeyAuthorization(token);

    /// <summary>Makes an account, or finds the one that this key already has (RFC 8555 §7.3), and signs in.</summary>
    /// <exception cref="AcmeException">
    /// Among others <see cref="AcmeErrors.ExternalAccountRequired"/>, <see cref="AcmeErrors.InvalidContact"/>, and
    /// <see cref="AcmeErrors.UserActionRequired"/> with <see cref="AcmeException.TermsOfService"/>.
    /// </exception>
    public async Task<AcmeAccount> CreateAccountAsync(AcmeKey key, NewAccount request, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(request);
        var directory = await GetDirectoryAsync(stop);
        var payload = Jws.Json(json =>
        {
            if (request.Contacts.Count > 0)
                WriteTexts(json, "contact", request.Contacts);
            if (request.TermsOfServiceAgreed)
                json.WriteBoolean("termsOfServiceAgreed", true);
            if (request.ExternalAccountBinding is { } binding)
            {
                json.WritePropertyName("externalAccountBinding");
                json.WriteRawValue(Jws.Bind(binding, key.Jws, directory.NewAccount));
            }
        });
        var answer = await PostAsync(directory.NewAccount, "a new account", new AcmeSigner(key.Jws, null), payload, repeat: false, stop);
        return SignIn(key, answer);
    }

    /// <summary>Finds the account of a key (RFC 8555 §7.3.1) and signs in; null, and nothing else changes, when the key has none.</summary>
    /// <exception cref="AcmeException">Among others <see cref="AcmeErrors.Unauthorized"/> when the account is closed.</exception>
    public async Task<AcmeAccount?> FindAccountAsync(AcmeKey key, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var directory = await GetDirectoryAsync(stop);
        try
        {
            // Asking makes nothing, so that it may be asked again.
            var payload = Jws.Json(json => json.WriteBoolean("onlyReturnExisting", true));
            return SignIn(key, await PostAsync(directory.NewAccount, "the account of this key", new AcmeSigner(key.Jws, null), payload, repeat: true, stop));
        }
        catch (AcmeException exception) when (exception.Problem?.Is(AcmeErrors.AccountDoesNotExist) == true)
        {
            return null;
        }
    }

    /// <summary>The account that is signed in, as the server has it (RFC 8555 §7.3.2).</summary>
    public async Task<AcmeAccount> GetAccountAsync(CancellationToken stop = default)
    {
        var account = Account;
        return AcmeReading.Account(await ReadAsync(account.Location, "the account", stop), account.Location, isNew: false);
    }

    /// <summary>Replaces the contacts of the account (RFC 8555 §7.3.2); an empty list removes them.</summary>
    public async Task<AcmeAccount> UpdateAccountAsync(IReadOnlyList<string> contacts, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(contacts);
        var account = Account;
        var payload = Jws.Json(json => WriteTexts(json, "contact", contacts));
        var answer = await PostAsync(account.Location, "a change of the account", account.Signer, payload, repeat: false, stop);
        return AcmeReading.Account(answer, account.Location, isNew: false);
    }

    /// <summary>
    /// Gives the account another key (RFC 8555 §7.3.5) and goes on with that one. Store the new key before; when the answer is lost
    /// (<see cref="AcmeFailure.Unreachable"/>), <see cref="FindAccountAsync"/> tells which of the two keys the account has.
    /// </summary>
    /// <exception cref="AcmeException">Among others <see cref="AcmeFailure.Refused"/> when the server offers no such thing.</exception>
    public async Task ChangeKeyAsync(AcmeKey newKey, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(newKey);
        var account = Account;
        var url = (await GetDirectoryAsync(stop)).KeyChange ?? throw NotOffered("another key for the account");
        var change = Jws.Json(json =>
        {
            json.WriteString("account", account.Location.AbsoluteUri);
            json.WritePropertyName("oldKey");
            json.WriteRawValue(account.Key.Jws.Jwk);
        });
        var payload = Jws.Sign(new AcmeSigner(newKey.Jws, null), url, nonce: null, change);
        await PostAsync(url, "another key for the account", account.Signer, payload, repeat: false, stop);
        this.account = account with { Key = newKey };
    }

    /// <summary>Closes the account for good (RFC 8555 §7.3.6) and signs out. Certificates stay valid.</summary>
    public async Task DeactivateAccountAsync(CancellationToken stop = default)
    {
        var account = Account;
        await PostAsync(account.Location, "the end of the account", account.Signer, Deactivated, repeat: false, stop);
        this.account = null;
    }

    /// <summary>The orders of the account (RFC 8555 §7.1.2.1), all pages; empty where the server offers no list.</summary>
    public async Task<IReadOnlyList<Uri>> GetOrdersAsync(CancellationToken stop = default)
    {
        var orders = new List<Uri>();
        var seen = new HashSet<Uri>();
        for (var page = (await GetAccountAsync(stop)).Orders; page is not null && seen.Add(page) && seen.Count <= MostPages;)
        {
            var answer = await ReadAsync(page, "the list of orders", stop);
            orders.AddRange(AcmeReading.Orders(answer));
            page = answer.LinksTo("next").FirstOrDefault();
        }

        return orders;
    }

    /// <summary>Orders a certificate (RFC 8555 §7.4). The order may be one that is open already, and may already be ready.</summary>
    /// <exception cref="AcmeException">
    /// Among others <see cref="AcmeErrors.RateLimited"/>, <see cref="AcmeErrors.RejectedIdentifier"/>, <see cref="AcmeErrors.InvalidProfile"/>,
    /// <see cref="AcmeErrors.AlreadyReplaced"/>, <see cref="AcmeErrors.AccountDoesNotExist"/>.
    /// </exception>
    public async Task<AcmeOrder> CreateOrderAsync(NewOrder request, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Identifiers.Count == 0)
            throw new ArgumentException("An order needs at least one name.", nameof(request));

        var account = Account;
        var payload = Jws.Json(json =>
        {
            json.WriteStartArray("identifiers");
            foreach (var identifier in request.Identifiers)
            {
                json.WriteStartObject();
                json.WriteString("type", identifier.Type);
                json.WriteString("value", identifier.Value);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteTime(json, "notBefore", request.NotBefore);
            WriteTime(json, "notAfter", request.NotAfter);
            if (request.Profile is not null)
                json.WriteString("profile", request.Profile);
            if (request.Replaces is not null)
                json.WriteString("replaces", request.Replaces);
        });
        var url = (await GetDirectoryAsync(stop)).NewOrder;
        var answer = await PostAsync(url, "a new order", account.Signer, payload, repeat: false, stop);
        return AcmeReading.Order(answer, answer.GetLocation());
    }

    /// <summary>An order as it stands now (RFC 8555 §7.4).</summary>
    public async Task<AcmeOrder> GetOrderAsync(Uri order, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        return AcmeReading.Order(await ReadAsync(order, "the order", stop), order);
    }

    /// <summary>Asks for the certificate of an order that is ready (RFC 8555 §7.4). Usually the order is then being processed.</summary>
    /// <param name="order">The order.</param>
    /// <param name="certificateSigningRequest">PKCS#10 in DER for exactly the order's names: <see cref="CertificateSigning.CreateRequest"/>.</param>
    /// <param name="stop">Gives up waiting; the server may have acted.</param>
    /// <exception cref="AcmeException">Among others <see cref="AcmeErrors.OrderNotReady"/> and <see cref="AcmeErrors.BadCsr"/>.</exception>
    public async Task<AcmeOrder> FinalizeAsync(AcmeOrder order, byte[] certificateSigningRequest, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(certificateSigningRequest);
        var payload = Jws.Json(json => json.WriteString("csr", Jws.Encode(certificateSigningRequest)));
        var answer = await PostAsync(order.Finalize, "the finalization of the order", Account.Signer, payload, repeat: false, stop);
        return AcmeReading.Order(answer, order.Location);
    }

    /// <summary>
    /// Looks at an order until it is neither pending nor processing, as often as the server wishes (<c>Retry-After</c>, RFC 8555 §7.4),
    /// else after 1, 2, 3, 5, 5… seconds. Trouble of network or server on the way is waited out.
    /// </summary>
    /// <param name="order">The order's URL.</param>
    /// <param name="limit">How long to wait in all.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="AcmeException"><see cref="AcmeFailure.TimedOut"/> when the limit has passed.</exception>
    public Task<AcmeOrder> WaitForOrderAsync(Uri order, TimeSpan limit, CancellationToken stop = default) =>
        WaitAsync(
            order,
            limit,
            token => GetOrderAsync(order, token),
            seen => seen.Status is AcmeOrderStatus.Pending or AcmeOrderStatus.Processing ? $"the order was still {Word(seen.Status)}" : null,
            seen => seen.RetryAfter,
            stop);

    /// <summary>An authorization as it stands now (RFC 8555 §7.5).</summary>
    public async Task<AcmeAuthorization> GetAuthorizationAsync(Uri authorization, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        return AcmeReading.Authorization(await ReadAsync(authorization, "the authorization", stop), authorization);
    }

    /// <summary>Tells the server that the answer to a challenge is in place (RFC 8555 §7.5.1). It looks soon, several times and from several places.</summary>
    public async Task<AcmeChallenge> AnswerChallengeAsync(Uri challenge, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        return AcmeReading.Challenge(await PostAsync(challenge, "the answer to a challenge", Account.Signer, "{}", repeat: false, stop));
    }

    /// <summary>Looks at an authorization until it is no longer pending; otherwise as <see cref="WaitForOrderAsync"/>.</summary>
    /// <param name="authorization">The authorization's URL.</param>
    /// <param name="limit">How long to wait in all.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="AcmeException"><see cref="AcmeFailure.TimedOut"/> when the limit has passed.</exception>
    public Task<AcmeAuthorization> WaitForAuthorizationAsync(Uri authorization, TimeSpan limit, CancellationToken stop = default) =>
        WaitAsync(
            authorization,
            limit,
            token => GetAuthorizationAsync(authorization, token),
            seen => seen.Status is AcmeAuthorizationStatus.Pending ? $"the authorization of {seen.Identifier} was still pending" : null,
            seen => seen.RetryAfter,
            stop);

    /// <summary>Gives an authorization back (RFC 8555 §7.5.2), so that a pending one does not count against limits.</summary>
    public async Task<AcmeAuthorization> DeactivateAuthorizationAsync(Uri authorization, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(authorization);
        var answer = await PostAsync(authorization, "the end of an authorization", Account.Signer, Deactivated, repeat: false, stop);
        return AcmeReading.Authorization(answer, authorization);
    }

    /// <summary>The certificate of an order (RFC 8555 §7.4.2), or one of its <see cref="AcmeCertificate.Alternates"/>.</summary>
    public async Task<AcmeCertificate> DownloadCertificateAsync(Uri certificate, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return PemChain.Read(await ReadAsync(certificate, "the certificate", stop, PemChain.MediaType));
    }

    /// <summary>Revokes a certificate (RFC 8555 §7.6). One that is revoked already is no error.</summary>
    /// <param name="certificate">The certificate, of this server.</param>
    /// <param name="reason">Why; servers accept few reasons.</param>
    /// <param name="certificateKey">The certificate's private key (ECDSA or RSA), which then signs; null: the account that is signed in does.</param>
    /// <param name="stop">Gives up waiting; the server may have acted.</param>
    /// <exception cref="AcmeException">
    /// Among others <see cref="AcmeErrors.BadRevocationReason"/> and <see cref="AcmeErrors.Unauthorized"/>, and
    /// <see cref="AcmeFailure.Refused"/> when the server offers no such thing.
    /// </exception>
    public async Task RevokeAsync(X509Certificate2 certificate, RevocationReason reason, AsymmetricAlgorithm? certificateKey, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var signer = certificateKey is null ? Account.Signer : new AcmeSigner(JwsKey.Of(certificateKey), null);
        var url = (await GetDirectoryAsync(stop)).RevokeCert ?? throw NotOffered("revocation");
        var payload = Jws.Json(json =>
        {
            json.WriteString("certificate", Jws.Encode(certificate.RawData));
            json.WriteNumber("reason", (int)reason);
        });
        try
        {
            await PostAsync(url, "the revocation of a certificate", signer, payload, repeat: false, stop);
        }
        catch (AcmeException exception) when (exception.Problem?.Is(AcmeErrors.AlreadyRevoked) == true)
        {
            // As it was to be.
        }
    }

    /// <summary>When to renew a certificate (RFC 9773 §4). Needs no account.</summary>
    /// <returns>Null when the server tells no such thing, or cannot name this certificate because its issuer's key is not in it.</returns>
    /// <exception cref="AcmeException">
    /// <see cref="AcmeFailure.NotUnderstood"/> also for a window that ends before it begins; with <see cref="AcmeException.RetryAfter"/> if the server sent it.
    /// </exception>
    public async Task<AcmeRenewalInfo?> GetRenewalInfoAsync(X509Certificate2 certificate, CancellationToken stop = default)
    {
        if (AcmeRenewalInfo.FindCertificateId(certificate) is not { } id || (await GetDirectoryAsync(stop)).RenewalInfo is not { } start)
            return null;

        var url = new Uri($"{start.AbsoluteUri.TrimEnd('/')}/{id}");
        return AcmeReading.RenewalInfo(await ForgettingDirectory(requests.GetAsync(url, "renewal information", stop)));
    }

    /// <inheritdoc/>
    public void Dispose() => requests.Dispose();

    private static string Deactivated => """{"status":"deactivated"}""";

    private SignedIn Account => account ?? throw new InvalidOperationException("No account is signed in; create or find one first.");

    private AcmeAccount SignIn(AcmeKey key, AcmeAnswer answer)
    {
        var location = answer.GetLocation();
        var found = AcmeReading.Account(answer, location, answer.StatusCode == HttpStatusCode.Created);
        SignIn(key, location);
        return found;
    }

    // POST-as-GET, RFC 8555 §6.3.
    private Task<AcmeAnswer> ReadAsync(Uri url, string what, CancellationToken stop, string? accept = null) =>
        PostAsync(url, what, Account.Signer, "", repeat: true, stop, accept);

    private async Task<AcmeAnswer> PostAsync(Uri url, string what, AcmeSigner signer, string payload, bool repeat, CancellationToken stop, string? accept = null)
    {
        var newNonce = (await GetDirectoryAsync(stop)).NewNonce;
        return await ForgettingDirectory(requests.PostAsync(url, what, signer, payload, repeat, newNonce, accept, stop));
    }

    // A server that has moved its addresses answers 404 at the old ones.
    private async Task<AcmeAnswer> ForgettingDirectory(Task<AcmeAnswer> request)
    {
        try
        {
            return await request;
        }
        catch (AcmeException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            directory = null;
            throw;
        }
    }

    private async Task<T> WaitAsync<T>(
        Uri url, TimeSpan limit, Func<CancellationToken, Task<T>> look, Func<T, string?> unfinished, Func<T, TimeSpan?> retryAfter, CancellationToken stop)
    {
        var since = options.Time.GetTimestamp();
        for (var attempt = 0; ; attempt++)
        {
            string missing;
            TimeSpan? wish;
            AcmeException? trouble = null;
            try
            {
                var seen = await look(stop);
                if (unfinished(seen) is not { } state)
                    return seen;
                missing = state;
                wish = retryAfter(seen);
            }
            catch (AcmeException exception) when (exception.Kind is AcmeFailure.Unreachable or AcmeFailure.ServerError || exception.StatusCode == HttpStatusCode.TooManyRequests)
            {
                trouble = exception;
                missing = exception.Message.TrimEnd('.');
                wish = exception.RetryAfter;
            }

            var left = limit - options.Time.GetElapsedTime(since);
            if (left <= TimeSpan.Zero)
                throw TimedOut(url, limit, missing, wish, trouble);

            // A server that says zero is not asked without any pause.
            var pause = wish ?? Pauses[Math.Min(attempt, Pauses.Length - 1)];
            pause = pause < Pauses[0] ? Pauses[0] : pause;
            await Task.Delay(pause < left ? pause : left, options.Time, stop);
        }
    }

    private AcmeException NotOffered(string what) => new(AcmeFailure.Refused, DirectoryUri, $"The ACME server does not offer {what}; its directory ({DirectoryUri}) names no address for it.");

    private static AcmeException TimedOut(Uri url, TimeSpan limit, string missing, TimeSpan? retryAfter, AcmeException? trouble) =>
        new(AcmeFailure.TimedOut, url, $"The ACME server was not done within {limit.TotalSeconds:0} s ({url}): {missing}.", trouble)
        {
            RetryAfter = retryAfter,
            Problem = trouble?.Problem,
            StatusCode = trouble?.StatusCode,
        };

    private static string Word(AcmeOrderStatus status) => status == AcmeOrderStatus.Pending ? "pending" : "processing";

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string name, DateTimeOffset? time)
    {
        if (time is { } moment)
            json.WriteString(name, moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    private sealed record KnownDirectory(AcmeDirectory Directory, long Since);

    private sealed record SignedIn(AcmeKey Key, Uri Location)
    {
        public AcmeSigner Signer => new(Key.Jws, Location);
    }
}
