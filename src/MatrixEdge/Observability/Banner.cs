using System.Globalization;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Sites;

namespace MatrixEdge.Observability;

/// <summary>
/// What the gateway says once it is open: what it understood, whether it works, and what to look at next. Text on a terminal;
/// elsewhere the same facts as log events, a fact each.
/// </summary>
internal sealed partial class Banner(
    CurrentSites sites, BoundListeners listeners, ServedCertificate certificate, CertificateKeeper certificates, Maintenance maintenance,
    TimeProvider time, ILogger<Banner> logger)
{
    public void Show(TextWriter? terminal, IEnumerable<string> notes)
    {
        var facts = Facts().ToList();
        if (terminal is null)
        {
            foreach (var (what, text) in facts)
                Log.Fact(logger, what, text);
        }
        else
        {
            terminal.WriteLine($"MatrixEdge {VersionText.Short}");
            var previous = "";
            foreach (var (what, text) in facts)
            {
                terminal.WriteLine($"  {(what == previous ? "" : what),-12} {text}");
                previous = what;
            }

            terminal.WriteLine();
        }

        foreach (var note in notes)
            Log.Note(logger, note);
    }

    private IEnumerable<(string What, string Text)> Facts()
    {
        var settings = sites.Table.Settings;
        yield return ("configured", settings.File ?? (settings.IsLocalMode
            ? "no appsettings.json was found: local mode, for trying out"
            : "by environment variables"));

        foreach (var site in sites.Table.Sites)
        {
            yield return ("site", $"{site.Settings.ServerName}, reached at {site.Settings.BaseUrl.GetLeftPart(UriPartial.Authority)} and {site.Settings.DelegatedServer}");
            yield return ("homeserver", HomeserverText(site));
            foreach (var extra in site.Settings.Extras)
                yield return extra;
            if (maintenance.All.GetValueOrDefault(site.ServerName.ToLowerInvariant()) is { } one)
                yield return ("maintenance", $"since {one.Since:yyyy-MM-dd HH:mm} UTC, clients get 503; matrixedge maintenance off {site.ServerName} ends it");
        }

        foreach (var group in listeners.All.GroupBy(listener => listener.Kind))
            yield return ("listening", $"{group.Key.ToString().ToLowerInvariant()} on {string.Join(", ", group.Select(listener => Where(listener.EndPoint)))}");

        foreach (var (id, bundle) in certificate.All)
        {
            var days = (bundle.NotAfter - time.GetUtcNow()).TotalDays;
            yield return ("certificate", string.Create(CultureInfo.InvariantCulture,
                $"{string.Join(", ", bundle.Names)}; serial {bundle.Leaf.SerialNumber}; until {bundle.NotAfter:yyyy-MM-dd HH:mm} UTC ({days:0} days); {Source(settings.Certificate.Source, id)}"));
        }

        foreach (var source in certificates.Ordering.Where(source => certificate.Find(source.Id) is null))
            yield return ("certificate", $"{string.Join(", ", source.Names)}; there is none yet, one is being ordered from {source.Issuers[0].Name}{After(source.Status.State)}");

        if (settings.Certificate.Acme is { } acme)
            yield return ("authority", acme.Words);
        if (settings.Certificate.Source != CertificateSource.Files)
            yield return ("store", settings.Store.Directory);
        if (certificates.LocalRootPath is { } root)
        {
            yield return ("root", root);
            yield return ("trust it", $"sudo cp {root} /usr/local/share/ca-certificates/matrixedge-local.crt && sudo update-ca-certificates");
        }

        foreach (var address in NextSteps())
            yield return ("try", address);
    }

    private string Source(CertificateSource source, string id) => source switch
    {
        CertificateSource.Local => "from the local authority",
        CertificateSource.Files => "from files, watched",
        _ when certificates.Ordering.FirstOrDefault(ordering => ordering.Id == id)?.Status is { } status => string.Create(
            CultureInfo.InvariantCulture, $"from {status.Issuer ?? "elsewhere"}, renewed {(status.Next.Due <= time.GetUtcNow() ? "now" : $"at {status.Next.Due:yyyy-MM-dd HH:mm} UTC")}{After(status.State)}"),
        _ => "ordered",
    };

    private static string After(RenewalState state) =>
        state.LastFailure is { } failure ? $"; the last attempt failed: {failure.Message.TrimEnd('.')}" : "";

    private static string HomeserverText(Site site)
    {
        var where = site.Homeserver.Prefix;
        return site.Homeserver.LastAnswer switch
        {
            null => $"{where}, not asked yet",
            { Failure: { } failure } => $"{where} does NOT answer: {failure}",
            { Software: var software, Versions: var versions } =>
                $"{where} answers: {software ?? "a homeserver"}, Matrix {(versions.Count > 0 ? versions[^1] : "of no version")}",
        };
    }

    private IEnumerable<string> NextSteps()
    {
        var https = (listeners.Find(ListenerKind.Https) ?? listeners.Find(ListenerKind.Federation))!;
        var site = sites.Table.Sites[0].Settings;
        if (sites.Table.Settings.IsLocalMode)
        {
            var trust = certificates.LocalRootPath is { } root ? $"--cacert {root} " : "";
            yield return $"curl {trust}https://localhost:{https.Port}/.well-known/matrix/client";
            yield return $"curl {trust}https://localhost:{https.Port}/_matrix/client/versions";
            if (listeners.Find(ListenerKind.Federation) is { } federation)
                yield return $"curl {trust}https://localhost:{federation.Port}/_matrix/federation/v1/version";
        }
        else
        {
            yield return $"https://{(site.ServesApex ? site.ServerName : site.PublicHost).Host}/.well-known/matrix/server";
            yield return $"https://{site.PublicHost}/_matrix/client/versions";
        }
    }

    private static string Where(System.Net.IPEndPoint endPoint) =>
        endPoint.Address.Equals(System.Net.IPAddress.IPv6Any) ? $"port {endPoint.Port} of all addresses" : endPoint.ToString();

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{What}: {Text}")]
        public static partial void Fact(ILogger logger, string what, string text);

        [LoggerMessage(LogLevel.Warning, "{Note}")]
        public static partial void Note(ILogger logger, string note);
    }
}
