namespace MatrixEdge.Proxying;

/// <summary>
/// The largest media upload of a homeserver (<c>m.upload.size</c>, Matrix client-server §Content repository), learned from
/// its answers to <c>/media/config</c>: asked by the gateway where no access token is needed, else read as the answer to a
/// client passes by. Unknown until then, and forgotten when it is old: a wrong refusal is worse than none.
/// </summary>
internal sealed class UploadLimit
{
    /// <summary>How long an answer counts.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    private long bytes = -1;
    private long learned;

    /// <summary>In bytes; null when it is not known.</summary>
    public long? Find(TimeProvider time)
    {
        var limit = Volatile.Read(ref bytes);
        return limit >= 0 && time.GetElapsedTime(Volatile.Read(ref learned)) < Lifetime ? limit : null;
    }

    public void Learn(long limit, TimeProvider time)
    {
        // Limits may differ from user to user; refusing is right only above the largest.
        if (Find(time) > limit)
            return;

        Volatile.Write(ref learned, time.GetTimestamp());
        Volatile.Write(ref bytes, limit);
    }

    public void Forget() => Volatile.Write(ref bytes, -1);
}
