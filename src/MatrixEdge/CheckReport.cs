using System.Text;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Sites;

namespace MatrixEdge;

/// <summary>What <c>matrixedge check</c> says of a good configuration: what would be served, where, and from whom.</summary>
internal static class CheckReport
{
    public static void Write(TextWriter output, EdgeSettings settings, CertificateBundle? bundle, IReadOnlyList<string> notes)
    {
        output.WriteLine(settings.File ?? (settings.IsLocalMode ? "No configuration: local mode" : "Configured by environment variables"));
        foreach (var (name, address) in new[]
        {
            ("http", settings.Listen.Http), ("https", settings.Listen.Https), ("federation", settings.Listen.Federation), ("admin", settings.Listen.Admin),
        })
        {
            output.WriteLine($"  {name,-12} {address?.Text ?? "closed"}");
        }

        output.WriteLine($"  {"certificate",-12} {settings.Certificate.Source} for {string.Join(", ", settings.CertificateNames)}"
            + (bundle is null ? "" : $", until {bundle.NotAfter:yyyy-MM-dd HH:mm} UTC"));
        if (settings.Certificate.Acme is { } acme)
            output.WriteLine($"  {"authority",-12} {acme.Words}");
        if (settings.Certificate.EventHook is { IsEmpty: false } hook)
            output.WriteLine($"  {"event hook",-12} {string.Join(" ", hook)}");
        if (settings.Certificate.Source != CertificateSource.Files)
            output.WriteLine($"  {"store",-12} {settings.Store.Directory}");
        if (!settings.TrustedProxies.IsEmpty)
        {
            var header = settings.TrustedProxies.Header == ClientAddressHeader.CfConnectingIp ? "CF-Connecting-IP" : "X-Forwarded-For";
            output.WriteLine($"  {"believed",-12} {header} from {settings.TrustedProxies.Words}");
        }

        if (settings.Listen.WithProxyHeader.Any())
            output.WriteLine($"  {"PROXY header",-12} from those on {string.Join(", ", settings.Listen.WithProxyHeader.Select(address => address.Text))}");

        if (settings.Telemetry is { } telemetry)
            output.WriteLine($"  {"telemetry",-12} to {telemetry.Endpoint} every {telemetry.Interval}");
        output.WriteLine($"  {"limits",-12} {settings.Limits.Words}");
        output.WriteLine($"  {"doctor",-12} {settings.Doctor.Words}");
        foreach (var site in SiteTable.Build(settings, before: null, TimeProvider.System).Sites)
        {
            output.WriteLine();
            output.WriteLine($"{site.Settings.ServerName}");
            output.WriteLine($"  {"hosts",-12} {string.Join(", ", site.Settings.Hosts.Select(host => host.Name))}");
            output.WriteLine($"  {"homeserver",-12} {site.Homeserver.Prefix} ({site.Settings.Homeserver.Kind})");
            output.WriteLine($"  {"public",-12} {string.Join(" ", site.Routes.Public)}");
            foreach (var (what, text) in site.Settings.Extras)
                output.WriteLine($"  {what,-12} {text}");
            WriteDocument(output, "server", site.WellKnown.Server);
            WriteDocument(output, "client", site.WellKnown.Client);
            WriteDocument(output, "support", site.WellKnown.Support);
            if (site.WellKnown.PolicyServer is { } policyServer)
                WriteDocument(output, "policy_server", policyServer);
        }

        if (notes.Count > 0)
            output.WriteLine();
        foreach (var note in notes)
            output.WriteLine($"Note: {note}");
    }

    private static void WriteDocument(TextWriter output, string name, Delegation.WellKnownDocument? document) =>
        output.WriteLine($"  /.well-known/matrix/{name}: {(document is null ? "404" : Encoding.UTF8.GetString(document.Body.Span))}");
}
