namespace MatrixEdge.Certificates.Ordering;

/// <summary>From when until when a certificate is valid.</summary>
internal readonly record struct CertificateLife(DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    public TimeSpan Length => NotAfter - NotBefore;

    /// <summary>How much of the life is left, from 1 to 0.</summary>
    public double ShareLeft(DateTimeOffset now) => Length <= TimeSpan.Zero ? 0 : Math.Clamp((NotAfter - now) / Length, 0, 1);
}
