namespace MatrixEdge.Certificates;

/// <summary>How near a certificate is to its end; each step is told once, and then once a day. Pure.</summary>
internal enum ExpiryAlarm
{
    None,

    /// <summary>A quarter of its life is left: renewal is overdue, and there is time.</summary>
    Quarter,

    /// <summary>An eighth.</summary>
    Eighth,

    /// <summary>A twentieth: hours or few days.</summary>
    Twentieth,

    Expired,
}

internal static class ExpiryAlarms
{
    public static ExpiryAlarm Of(DateTimeOffset notBefore, DateTimeOffset notAfter, DateTimeOffset now)
    {
        var length = notAfter - notBefore;
        var left = notAfter - now;
        return left <= TimeSpan.Zero ? ExpiryAlarm.Expired
            : left <= length / 20 ? ExpiryAlarm.Twentieth
            : left <= length / 8 ? ExpiryAlarm.Eighth
            : left <= length / 4 ? ExpiryAlarm.Quarter
            : ExpiryAlarm.None;
    }
}
