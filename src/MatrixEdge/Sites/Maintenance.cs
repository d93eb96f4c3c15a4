using System.Collections.Immutable;
using System.Text.Json;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using MatrixEdge.Storage;

namespace MatrixEdge.Sites;

/// <summary>
/// The cell that holds whose homeservers are being maintained, and what is said meanwhile. It is kept in the store, so that a
/// restart of the gateway does not end what an operator began.
/// </summary>
internal sealed partial class Maintenance(CurrentSites sites, TimeProvider time, ILogger<Maintenance> logger) : IDisposable
{
    /// <summary>What is said where the operator says nothing.</summary>
    public const string DefaultMessage = "This server is being maintained, please try again in a few minutes";

    /// <summary>The longest message, in characters.</summary>
    public const int LongestMessage = 500;

    private const string File = "maintenance.json";

    private readonly SemaphoreSlim turn = new(1);
    private volatile ImmutableDictionary<string, Ongoing> ongoing = ImmutableDictionary<string, Ongoing>.Empty;

    /// <summary>By server name, lower case.</summary>
    public ImmutableDictionary<string, Ongoing> All => ongoing;

    /// <summary>What to answer in the homeserver's place; null when it is not being maintained.</summary>
    public MatrixError? Find(string serverName) => ongoing.IsEmpty ? null : ongoing.GetValueOrDefault(serverName.ToLowerInvariant())?.Answer;

    /// <summary>Takes up what was going on when the gateway was stopped. What cannot be read is told and taken for nothing.</summary>
    public async Task LoadAsync(CancellationToken stop)
    {
        try
        {
            if (await Store.ReadAsync(File, stop) is not { } text)
                return;

            ongoing = JsonRecord.Read<Dictionary<string, Kept>>(text)!
                .ToImmutableDictionary(pair => pair.Key.ToLowerInvariant(), pair => new Ongoing(pair.Value.Since, pair.Value.Message));
            foreach (var (site, one) in ongoing)
                Log.Ongoing(logger, site, one.Since, site);
        }
        catch (Exception exception) when (exception is StoreException or JsonException or ArgumentNullException)
        {
            Log.Unreadable(logger, exception.Message);
        }
    }

    /// <summary>Begins or, with no message, ends; in force when this returns.</summary>
    /// <exception cref="StoreException">It could not be kept, so nothing was changed.</exception>
    public async Task SetAsync(IReadOnlyCollection<string> serverNames, string? message, CancellationToken stop)
    {
        ImmutableDictionary<string, Ongoing> before;
        await turn.WaitAsync(stop);
        try
        {
            var next = before = ongoing;
            foreach (var name in serverNames.Select(name => name.ToLowerInvariant()))
                next = message is null ? next.Remove(name) : next.SetItem(name, new Ongoing(next.GetValueOrDefault(name)?.Since ?? time.GetUtcNow(), message));

            if (next.IsEmpty)
                await Store.DeleteAsync(File, stop);
            else
                await Store.WriteAsync(File, JsonRecord.Write(next.ToDictionary(pair => pair.Key, pair => new Kept(pair.Value.Since, pair.Value.Message))) + "\n", stop);
            ongoing = next;
        }
        finally
        {
            turn.Release();
        }

        foreach (var name in serverNames)
        {
            if (message is null && before.ContainsKey(name.ToLowerInvariant()))
                Log.Ended(logger, name);
            else if (message is not null)
                Log.Begun(logger, name, message);
        }
    }

    public void Dispose() => turn.Dispose();

    private IStore Store => new StoreDirectory(sites.Table.Settings.Store, time);

    internal sealed class Ongoing(DateTimeOffset since, string message)
    {
        public DateTimeOffset Since { get; } = since;

        public string Message { get; } = message;

        public MatrixError Answer { get; } = MatrixError.Maintenance(message);
    }

    private sealed record Kept(DateTimeOffset Since, string Message);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Maintenance of {Site} begins: clients and servers get 503, \"{Message}\"")]
        public static partial void Begun(ILogger logger, string site, string message);

        [LoggerMessage(LogLevel.Information, "Maintenance of {Site} is over")]
        public static partial void Ended(ILogger logger, string site);

        [LoggerMessage(LogLevel.Warning, "{Site} is being maintained since {Since:u}: clients and servers get 503. When that is over, run: matrixedge maintenance off {Same}")]
        public static partial void Ongoing(ILogger logger, string site, DateTimeOffset since, string same);

        [LoggerMessage(LogLevel.Error, "Whether a homeserver is being maintained could not be read: {Reason}. Taken for no; if one is, run: matrixedge maintenance on")]
        public static partial void Unreadable(ILogger logger, string reason);
    }
}
