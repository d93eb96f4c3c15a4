using System.Globalization;
using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// A site's certificates in the store: each generation one file with key and chain, so that no crash can tear them apart; the
/// last three are kept. Beside them the state, and an order that has begun.
/// </summary>
internal sealed partial class CertificateArchive(IStore store, string site, ILogger<CertificateArchive> logger)
{
    private const int Kept = 3;

    /// <summary>The folder in the store.</summary>
    public string Folder { get; } = $"certificates/{NameOf(site)}";

    public string Place => store.PlaceOf(Folder);

    private string StateFile => $"{Folder}/state.json";

    private string OrderFile => $"{Folder}/order.json";

    /// <summary>The newest certificate that can be served, expired or not; null when there is none. What is broken is set aside.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task<ArchivedCertificate?> LoadNewestAsync(CancellationToken stop)
    {
        foreach (var (generation, name) in (await GenerationsAsync(stop)).OrderByDescending(entry => entry.Generation))
        {
            var text = await store.ReadAsync(name, stop);
            if (text is null)
                continue;

            try
            {
                return new ArchivedCertificate(PemBundle.Read(text, store.PlaceOf(name), text, store.PlaceOf(name)), CertificateOrigin.Read(text), generation);
            }
            catch (CertificateException exception)
            {
                await SetAsideAsync(name, "broken", exception.Message, stop);
            }
        }

        return null;
    }

    /// <summary>Keeps a certificate as the newest; older ones than the last three are removed.</summary>
    /// <exception cref="StoreException">It was not kept.</exception>
    public async Task<ArchivedCertificate> SaveAsync(CertificateBundle bundle, string pem, CertificateOrigin origin, CancellationToken stop)
    {
        var generations = await GenerationsAsync(stop);
        var next = generations.Select(entry => entry.Generation).DefaultIfEmpty(0).Max() + 1;
        await store.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{Folder}/{next:000000}.pem"), origin.ToText() + pem, stop);
        foreach (var (_, name) in generations.OrderByDescending(entry => entry.Generation).Skip(Kept - 1))
        {
            try
            {
                await store.DeleteAsync(name, stop);
            }
            catch (StoreException exception)
            {
                Log.NotRemoved(logger, exception.Message);
            }
        }

        return new ArchivedCertificate(bundle, origin, next);
    }

    /// <summary>Takes a generation out of use: its key is in wrong hands.</summary>
    public async Task SetCompromisedAsync(int generation, CancellationToken stop)
    {
        var name = (await GenerationsAsync(stop)).FirstOrDefault(entry => entry.Generation == generation).Name;
        if (name is not null)
            await store.SetAsideAsync(name, "compromised", stop);
    }

    /// <summary>What is known of the certificate; a state that cannot be understood is set aside, and everything is learnt anew.</summary>
    public Task<RenewalState?> LoadStateAsync(CancellationToken stop) => LoadAsync(StateFile, RenewalState.FromJson, stop);

    public Task SaveStateAsync(RenewalState state, CancellationToken stop) => store.WriteAsync(StateFile, state.ToJson(), stop);

    public Task<OpenOrder?> LoadOrderAsync(CancellationToken stop) =>
        LoadAsync(OrderFile, text => JsonRecord.Read<OpenOrder>(text) is { Issuer: not null, PrivateKey: not null, Names.IsDefault: false } order ? order : throw new JsonException("it is incomplete"), stop);

    public Task SaveOrderAsync(OpenOrder order, CancellationToken stop) => store.WriteAsync(OrderFile, JsonRecord.Write(order) + "\n", stop);

    /// <summary>What the open order cost is written down elsewhere by now.</summary>
    /// <param name="isOver">Whether it has failed for good.</param>
    public async Task SetCountedAsync(bool isOver, CancellationToken stop)
    {
        if (isOver)
            await DeleteOrderAsync(stop);
        else if (await LoadOrderAsync(stop) is { Refused.IsEmpty: false } order)
            await SaveOrderAsync(order with { Refused = [] }, stop);
    }

    public Task DeleteOrderAsync(CancellationToken stop) => store.DeleteAsync(OrderFile, stop);

    /// <summary>Makes sure that a certificate could be kept, before one is ordered.</summary>
    public Task CheckAsync(CancellationToken stop) => store.CheckAsync(Folder, stop);

    /// <summary>Makes sure that nobody else reads the keys, and tells if somebody could.</summary>
    public async Task CloseToOthersAsync(CancellationToken stop)
    {
        foreach (var advice in await store.CloseToOthersAsync(Folder, stop))
            Log.Advice(logger, advice);
    }

    /// <summary>The right to order for this site; null while another process has it.</summary>
    public Task<IAsyncDisposable?> TryLockAsync(CancellationToken stop) => store.TryLockAsync($"{Folder}/lock", stop);

    /// <summary>A site's name as part of a path: what stands in the way of a file system is replaced.</summary>
    public static string NameOf(string site) => string.Concat(site.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_')).Trim('.');

    private async Task<T?> LoadAsync<T>(string name, Func<string, T> read, CancellationToken stop)
        where T : class
    {
        var text = await store.ReadAsync(name, stop);
        if (text is null)
            return null;

        try
        {
            return read(text);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            await SetAsideAsync(name, "broken", $"{store.PlaceOf(name)} cannot be understood: {exception.Message}", stop);
            return null;
        }
    }

    private async Task SetAsideAsync(string name, string mark, string why, CancellationToken stop)
    {
        try
        {
            Log.SetAside(logger, why, await store.SetAsideAsync(name, mark, stop));
        }
        catch (StoreException exception)
        {
            Log.NotSetAside(logger, why, exception.Message);
        }
    }

    private async Task<List<(int Generation, string Name)>> GenerationsAsync(CancellationToken stop)
    {
        var found = new List<(int, string)>();
        foreach (var name in await store.ListAsync(Folder, stop))
        {
            var file = name[(Folder.Length + 1)..];
            if (file.EndsWith(".pem", StringComparison.Ordinal) && int.TryParse(file[..^4], NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
                found.Add((generation, name));
        }

        return found;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "{Why}. It was set aside as {Place} and is not used; an older one is, if there is one")]
        public static partial void SetAside(ILogger logger, string why, string place);

        [LoggerMessage(LogLevel.Error, "{Why}. It is not used, and could not be set aside: {Reason}")]
        public static partial void NotSetAside(ILogger logger, string why, string reason);

        [LoggerMessage(LogLevel.Warning, "An old certificate was not removed: {Reason}")]
        public static partial void NotRemoved(ILogger logger, string reason);

        [LoggerMessage(LogLevel.Warning, "{Advice}")]
        public static partial void Advice(ILogger logger, string advice);
    }
}
