namespace MatrixEdge.Acme;

/// <summary>An order as the server describes it (RFC 8555 §7.1.3).</summary>
/// <param name="Location">The order's URL; whoever keeps it can go on after a restart.</param>
/// <param name="Status">What comes next. A new order may already be ready, or its authorizations valid.</param>
/// <param name="Identifiers">The names of the certificate.</param>
/// <param name="Authorizations">One URL for each name that must be, or has been, proved.</param>
/// <param name="Finalize">Where the signing request goes.</param>
public sealed record AcmeOrder(
    Uri Location,
    AcmeOrderStatus Status,
    IReadOnlyList<AcmeIdentifier> Identifiers,
    IReadOnlyList<Uri> Authorizations,
    Uri Finalize)
{
    /// <summary>Where the certificate is, once <see cref="Status"/> is <see cref="AcmeOrderStatus.Valid"/>.</summary>
    public Uri? Certificate { get; init; }

    /// <summary>When the server forgets the order if nothing is done with it.</summary>
    public DateTimeOffset? Expires { get; init; }

    /// <summary>Why it has failed.</summary>
    public AcmeProblem? Error { get; init; }

    /// <summary>The profile that the server goes by (draft-aaron-acme-profiles §4).</summary>
    public string? Profile { get; init; }

    /// <summary>The certificate that this order renews (RFC 9773 §5), where the server repeats it.</summary>
    public string? Replaces { get; init; }

    /// <summary>How long the server asks to wait before the next look, from zero to a year; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
