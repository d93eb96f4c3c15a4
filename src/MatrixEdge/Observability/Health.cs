using MatrixEdge.Listening;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>
/// Whether the gateway lives, and whether it can do its work. A renewal that fails is no reason to take it out while what it
/// serves is valid.
/// </summary>
internal sealed class Health(ServedCertificate certificate, CurrentSites sites, TimeProvider time)
{
    public static Task LiveAsync(HttpContext context) => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, new { status = "live" });

    // A homeserver that is down is told, but is no reason to take the gateway out: the well-known documents are still right.
    public Task ReadyAsync(HttpContext context)
    {
        var now = time.GetUtcNow();
        var certificates = certificate.All
            .Select(entry => new
            {
                site = entry.Key.Length > 0 ? entry.Key : null,
                names = entry.Value.Names,
                notAfter = entry.Value.NotAfter,
                usable = WhyUnusable(entry.Value, now) is null,
            })
            .ToArray();
        var unusable = certificate.All.Select(entry => WhyUnusable(entry.Value, now)).OfType<string>().ToArray();
        var without = certificate.NamesWithout;
        string[] reasons = certificates.Length == 0 ? ["there is no certificate to serve yet"]
            : without.IsEmpty ? unusable
            : [.. unusable, $"there is no certificate for {string.Join(", ", without)} yet"];

        // One site's trouble is no reason to take the others out, nor to keep an authority from validating that one.
        var isReady = certificates.Any(entry => entry.usable);
        var homeservers = sites.Table.Sites
            .Select(site => new { serverName = site.Settings.ServerName.ToString(), reachable = !site.Homeserver.IsDown })
            .ToArray();
        return AdminAnswer.WriteAsync(
            context, isReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable,
            new { status = isReady ? "ready" : "not ready", reasons, certificates, homeservers });
    }

    /// <summary>What keeps a certificate from being accepted, in words; null when nothing does.</summary>
    public static string? WhyUnusable(CertificateBundle bundle, DateTimeOffset now) => bundle switch
    {
        _ when bundle.NotAfter <= now => $"the certificate for {string.Join(", ", bundle.Names)} expired at {bundle.NotAfter:u}",
        _ when bundle.NotBefore > now => $"the certificate for {string.Join(", ", bundle.Names)} is valid from {bundle.NotBefore:u} only; is this computer's clock right?",
        _ => null,
    };
}
