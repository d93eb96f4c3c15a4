using System.Security.Cryptography;
using System.Text.Json;
using MatrixEdge.Acme;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// The gateway's account at one authority. Its key is in the store before the authority hears of it, so that no answer that
/// is lost can make a second account.
/// </summary>
internal sealed partial class Account(IssuerSettings settings, IStore store, TimeProvider time, ILogger logger)
{
    private readonly string file = $"acme/{settings.Id}/account.json";

    /// <summary>Whether one was made, or begun to be.</summary>
    public async Task<bool> ExistsAsync(CancellationToken stop) => await store.ReadAsync(file, stop) is not null;

    /// <summary>Signs the client in, with the account that there is or a new one.</summary>
    /// <remarks>
    /// The file has the last word, also over a client that is signed in: a change of keys may have been left undecided, and an
    /// operator who removes the file wants a new account.
    /// </remarks>
    /// <exception cref="IssuanceException">There is no account to be had without an operator.</exception>
    public async Task SignInAsync(AcmeClient client, CancellationToken stop)
    {
        var stored = await LoadAsync(stop);
        if (client.AccountUri is { } signedIn && stored is { PendingKey: null } && stored.Location == signedIn)
            return;

        if (stored?.PendingKey is not null)
            stored = await ResolveAsync(client, stored, stop);
        var mayExist = stored is not null || settings.AccountKeyPath is not null;
        if (stored is null)
        {
            stored = new StoredAccount(settings.Directory, NewKey(), null, null, time.GetUtcNow());
            await SaveAsync(stored, stop);
        }

        var key = AcmeKey.FromPem(stored.PrivateKey);
        if (stored.Location is { } location)
            client.SignIn(key, location);
        else if (mayExist && await client.FindAccountAsync(key, stop) is { } found)
            await FindAsync(stored, found, stop);
        else
            await CreateAsync(client, stored, key, stop);
    }

    /// <summary>The authority does not know the account any more: the old one is set aside, and a new one made.</summary>
    public async Task ReplaceAsync(AcmeClient client, CancellationToken stop)
    {
        var aside = await store.SetAsideAsync(file, "unknown-account", stop);
        Log.Forgotten(logger, settings.Directory.Host, aside);
        var stored = new StoredAccount(settings.Directory, AcmeKey.Create().ToPem(), null, null, time.GetUtcNow());
        await SaveAsync(stored, stop);
        await CreateAsync(client, stored, AcmeKey.FromPem(stored.PrivateKey), stop);
    }

    /// <summary>Gives the account a new key, which is kept before the authority hears of it (RFC 8555 §7.3.5).</summary>
    public async Task RollKeyAsync(AcmeClient client, CancellationToken stop)
    {
        await SignInAsync(client, stop);
        var stored = await LoadAsync(stop) ?? throw new IssuanceException(FailureKind.Store, $"{store.PlaceOf(file)} has gone away; nothing was changed");
        using var next = AcmeKey.Create();
        stored = stored with { PendingKey = next.ToPem() };
        await SaveAsync(stored, stop);
        try
        {
            await client.ChangeKeyAsync(AcmeKey.FromPem(stored.PendingKey), stop);
        }
        catch (AcmeException exception) when (exception.Kind is not AcmeFailure.Refused)
        {
            // Done or not done: both keys are there to ask with.
            if ((await ResolveAsync(client, stored, stop)).PrivateKey != stored.PendingKey)
                throw;

            return;
        }

        await SaveAsync(stored with { PrivateKey = stored.PendingKey, PendingKey = null }, stop);
    }

    // The answer to a change of keys was lost: the authority knows which one counts.
    private async Task<StoredAccount> ResolveAsync(AcmeClient client, StoredAccount stored, CancellationToken stop)
    {
        var isNew = await client.FindAccountAsync(AcmeKey.FromPem(stored.PendingKey!), stop) is not null;
        var resolved = stored with { PrivateKey = isNew ? stored.PendingKey! : stored.PrivateKey, PendingKey = null };
        await SaveAsync(resolved, stop);
        if (!isNew && resolved.Location is { } location)
            client.SignIn(AcmeKey.FromPem(resolved.PrivateKey), location);
        return resolved;
    }

    private async Task CreateAsync(AcmeClient client, StoredAccount stored, AcmeKey key, CancellationToken stop)
    {
        var directory = await client.GetDirectoryAsync(stop);
        if (directory.Meta.ExternalAccountRequired && settings.ExternalAccountBinding is null)
        {
            throw new IssuanceException(FailureKind.NeedsOperator,
                $"{settings.Directory.Host} gives accounts only to its customers: write Certificate:ExternalAccountBinding with the KeyId and Key that its web site shows");
        }

        var account = await client.CreateAccountAsync(key, new NewAccount
        {
            Contacts = settings.EmailAddress is { } email ? [$"mailto:{email}"] : [],
            TermsOfServiceAgreed = true,
            ExternalAccountBinding = settings.ExternalAccountBinding,
        }, stop);
        if (!account.IsNew)
        {
            await FindAsync(stored, account, stop);
            return;
        }

        await SaveAsync(stored with { Location = account.Location }, stop);
        Log.Created(logger, settings.Directory.Host, account.Location, directory.Meta.TermsOfService ?? "none named");
    }

    // Its creation was not heard of, or it was another program's: it needs no binding again, which some authorities accept once only.
    private async Task FindAsync(StoredAccount stored, AcmeAccount found, CancellationToken stop)
    {
        await SaveAsync(stored with { Location = found.Location }, stop);
        Log.Found(logger, settings.Directory.Host, found.Location);
    }

    private string NewKey()
    {
        using var key = settings.AccountKeyPath is { } path ? IssuerSettings.ReadAccountKey(path) : AcmeKey.Create();
        return key.ToPem();
    }

    private async Task<StoredAccount?> LoadAsync(CancellationToken stop)
    {
        var text = await store.ReadAsync(file, stop);
        if (text is null)
            return null;

        try
        {
            var stored = JsonRecord.Read<StoredAccount>(text);
            if (stored is not { PrivateKey: not null })
                throw new JsonException("it holds no key");

            using var key = AcmeKey.FromPem(stored.PrivateKey);
            return stored;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or CryptographicException or FormatException or NotSupportedException)
        {
            Log.Broken(logger, store.PlaceOf(file), exception.Message, await store.SetAsideAsync(file, "broken", stop));
            return null;
        }
    }

    private Task SaveAsync(StoredAccount account, CancellationToken stop) => store.WriteAsync(file, JsonRecord.Write(account) + "\n", stop);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Registered with {Authority} as {Account}; its terms of service, accepted by AcceptTermsOfService: {Terms}")]
        public static partial void Created(ILogger logger, string authority, Uri account, string terms);

        [LoggerMessage(LogLevel.Information, "Found the account at {Authority} again: {Account}")]
        public static partial void Found(ILogger logger, string authority, Uri account);

        [LoggerMessage(LogLevel.Warning, "{Authority} does not know the account any more; a new one is made, and the old one kept as {Place}. If a CAA record names the account (accounturi), change it")]
        public static partial void Forgotten(ILogger logger, string authority, string place);

        [LoggerMessage(LogLevel.Error, "The account in {File} cannot be used: {Reason}. A new one is made, and the file kept as {Place}. If a CAA record names the account (accounturi), change it")]
        public static partial void Broken(ILogger logger, string file, string reason, string place);
    }
}
