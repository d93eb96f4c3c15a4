using MatrixEdge.Configuration;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>What the gateway knows of a site of its own.</summary>
/// <param name="Serial">Of the certificate that it serves; null when it does not run here, or has none.</param>
internal sealed record OwnSite(SiteSettings Settings, string? Serial);
