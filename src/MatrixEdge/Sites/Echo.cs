using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>
/// Tells whoever knows a secret path what arrived of his request: that is how the gateway finds out what stands in front of it
/// changes. The path lies where federation is, since what stands in front may treat it in its own way. The secret is good for
/// some minutes, and for nothing else.
/// </summary>
internal sealed class Echo(TimeProvider time)
{
    /// <summary>Where it is, before the secret.</summary>
    public const string Prefix = "/_matrix/federation/v1/matrixedge_echo/";

    /// <summary>How long an answer may be asked to wait.</summary>
    public static readonly TimeSpan LongestHold = TimeSpan.FromMinutes(3);

    private const string Hold = "?hold=";

    // Each is good while it is the present one and while it is the one before.
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private readonly Lock gate = new();
    private Secrets secrets = new("", "", DateTimeOffset.MinValue);

    /// <summary>A path, with its secret, below which everything is told; good for ten minutes at least.</summary>
    public string NewPath()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            if (now - secrets.Since > Lifetime)
                secrets = new Secrets(RandomNumberGenerator.GetHexString(32, lowercase: true), now - secrets.Since > 2 * Lifetime ? "" : secrets.Present, now);
            return Prefix + secrets.Present;
        }
    }

    /// <summary>Whether a request is for here; nobody learns by the time it takes what the secret is.</summary>
    public bool Owns(ReadOnlySpan<char> path)
    {
        if (!path.StartsWith(Prefix, StringComparison.Ordinal))
            return false;

        var rest = path[Prefix.Length..];
        var end = rest.IndexOf('/');
        var said = end < 0 ? rest : rest[..end];
        var held = Volatile.Read(ref secrets);
        return said.Length == held.Present.Length && time.GetUtcNow() - held.Since < 2 * Lifetime && (IsSame(said, held.Present) || IsSame(said, held.Former));
    }

    /// <summary>Says what arrived, after as long as was asked for.</summary>
    public async Task AnswerAsync(HttpContext context, Exchange exchange)
    {
        var raw = RequestTarget.OriginForm(context);
        if (raw.LastIndexOf(Hold, StringComparison.Ordinal) is var at and >= 0
            && int.TryParse(raw.AsSpan(at + Hold.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            var hold = TimeSpan.FromSeconds(seconds);
            await Task.Delay(hold < LongestHold ? hold : LongestHold, time, context.RequestAborted);
        }

        var arrived = new Echoed(
            context.Request.Method, raw, exchange.Connection.Listener, context.Request.Protocol, exchange.Connection.Peer.ToString(), exchange.Client, exchange.Scheme,
            [.. context.Request.Headers.SelectMany(header => header.Value.Select(value => new EchoedHeader(header.Key, value ?? "")))]);
        await AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, arrived);
    }

    private static bool IsSame(ReadOnlySpan<char> said, string secret)
    {
        Span<byte> a = stackalloc byte[64];
        Span<byte> b = stackalloc byte[64];
        return secret.Length == said.Length && Encoding.UTF8.TryGetBytes(said, a, out var length) && Encoding.UTF8.TryGetBytes(secret, b, out _)
            && CryptographicOperations.FixedTimeEquals(a[..length], b[..secret.Length]);
    }

    private sealed record Secrets(string Present, string Former, DateTimeOffset Since);
}
