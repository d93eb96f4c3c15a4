using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Proxying;

/// <summary>
/// The largest media upload of a homeserver (<c>m.upload.size</c>, Matrix client-server §Content repository). Where
/// <c>/media/config</c> needs no access token, the gateway asks, and the answer holds for everybody; else the answer to a
/// client is read as it passes by, and holds for that client, since limits may differ from user to user. Unknown until then,
/// and forgotten when it is old: a wrong refusal is worse than none.
/// </summary>
internal sealed class UploadLimit
{
    /// <summary>How long an answer counts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    // Of clients; one that falls into another's slot takes its place.
    private readonly Learned?[] slots = new Learned?[256];
    private Learned? everybodys;

    /// <summary>In bytes; null when it is not known.</summary>
    /// <param name="authorization">The header of the client's request; by it the client is known again.</param>
    public long? Find(StringValues authorization, TimeProvider time)
    {
        if (Current(Volatile.Read(ref everybodys), time) is { } general)
            return general.Bytes;

        var client = authorization.GetHashCode();
        return Current(Volatile.Read(ref Slot(client)), time) is { } own && own.Client == client ? own.Bytes : null;
    }

    /// <summary>Notes what the homeserver answers to anyone.</summary>
    public void Learn(long bytes, TimeProvider time) => Volatile.Write(ref everybodys, new Learned(bytes, 0, time.GetTimestamp()));

    /// <summary>Notes what it answered to one client.</summary>
    public void Learn(long bytes, StringValues authorization, TimeProvider time)
    {
        var client = authorization.GetHashCode();
        Volatile.Write(ref Slot(client), new Learned(bytes, client, time.GetTimestamp()));
    }

    public void Forget()
    {
        Volatile.Write(ref everybodys, null);
        Array.Clear(slots);
    }

    private static Learned? Current(Learned? learned, TimeProvider time) =>
        learned is not null && time.GetElapsedTime(learned.When) < Lifetime ? learned : null;

    private ref Learned? Slot(int client) => ref slots[client & 0xFF];

    private sealed record Learned(long Bytes, int Client, long When);
}
