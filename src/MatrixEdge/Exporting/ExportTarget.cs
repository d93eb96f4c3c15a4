namespace MatrixEdge.Exporting;

/// <summary>What the host that answers for the apex understands.</summary>
internal enum ExportTarget
{
    /// <summary>Static files, with <c>_headers</c> for hosts that read it (Netlify, Cloudflare Pages).</summary>
    Files,

    /// <summary>A module worker.</summary>
    CloudflareWorker,

    /// <summary>Lines for a Caddyfile.</summary>
    Caddy,

    /// <summary>Locations for a <c>server</c> of nginx.</summary>
    Nginx,
}
