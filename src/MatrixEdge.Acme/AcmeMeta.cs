namespace MatrixEdge.Acme;

/// <summary>What the server says about itself in its directory (RFC 8555 §7.1.1).</summary>
/// <param name="TermsOfService">The address of its terms of service, as text: some servers give other things than web addresses.</param>
/// <param name="Website">The address of its website, as text.</param>
/// <param name="CaaIdentities">The names that it answers to in CAA records (RFC 8659).</param>
/// <param name="ExternalAccountRequired">Whether a new account needs an <see cref="ExternalAccountBinding"/>.</param>
/// <param name="Profiles">Kinds of certificates by name, each with its description (draft-aaron-acme-profiles §3); empty where there are none.</param>
public sealed record AcmeMeta(
    string? TermsOfService,
    string? Website,
    IReadOnlyList<string> CaaIdentities,
    bool ExternalAccountRequired,
    IReadOnlyDictionary<string, string> Profiles);
