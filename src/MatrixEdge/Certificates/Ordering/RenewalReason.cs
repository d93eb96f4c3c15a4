namespace MatrixEdge.Certificates.Ordering;

/// <summary>Why a certificate is ordered, or will be.</summary>
internal enum RenewalReason
{
    /// <summary>There is none yet.</summary>
    None,

    /// <summary>The one that there is has expired.</summary>
    Expired,

    /// <summary>An operator asked for it.</summary>
    Asked,

    /// <summary>The certificate lacks names of the site, or has some too many.</summary>
    Names,

    /// <summary>The configuration asks for another kind of key or profile, or another authority.</summary>
    Settings,

    /// <summary>The authority's suggested window (RFC 9773).</summary>
    Window,

    /// <summary>The share of its life after which a certificate is renewed without such a window.</summary>
    Share,

    /// <summary>So little is left that nothing else counts.</summary>
    Emergency,
}
