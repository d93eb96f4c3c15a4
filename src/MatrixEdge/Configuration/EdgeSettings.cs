using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>
/// What was understood of the configuration: typed, checked, immutable. The rest of the program sees this and never a string
/// of the file.
/// </summary>
internal sealed record EdgeSettings(
    ListenSettings Listen,
    CertificateSettings Certificate,
    StoreSettings Store,
    ImmutableArray<SiteSettings> Sites,
    TrustedProxies TrustedProxies,
    TimeSpan? StrictTransportSecurity,
    string? File,
    bool IsLocalMode)
{
    /// <summary>How much one client may ask for, and how much at once may reach a homeserver.</summary>
    public LimitSettings Limits { get; private init; } = LimitSettings.Default;

    /// <summary>How the gateway looks at itself from outside.</summary>
    public DoctorSettings Doctor { get; private init; } = DoctorSettings.Default;

    /// <summary>Where metrics are sent to; null when they are not.</summary>
    public TelemetrySettings? Telemetry { get; private init; }

    /// <summary>All names for which a certificate is needed.</summary>
    public ImmutableArray<string> CertificateNames => [.. Sites.SelectMany(site => site.CertificateNames).Distinct()];

    /// <summary>Understands the document as a whole, or tells every problem and returns null.</summary>
    public static EdgeSettings? Parse(ConfigurationDocument document, Problems problems)
    {
        if (document.Root[ConfigurationDocument.SectionName] is null)
        {
            problems.Add(
                ConfigurationDocument.SectionName, null,
                $"this section is missing in {document.Path}; appsettings.example.json shows how it is written");
            return null;
        }

        foreach (var (name, _) in document.Root)
        {
            // Other sections belong to other programs or libraries, but a misspelt one would be silently without effect.
            if (!IsKnownSection(name) && Spelling.Nearest(name, [ConfigurationDocument.SectionName, "Serilog"]) is { } meant)
                problems.Add(name, null, $"this section is not known; did you mean \"{meant}\"?");
        }

        var section = new SettingsSection(document.Root[ConfigurationDocument.SectionName], ConfigurationDocument.SectionName, problems);
        var listen = ListenSettings.Parse(section.Section("Listen"));
        var certificate = CertificateSettings.Parse(section.Section("Certificate"), document.Folder, listen);
        var store = StoreSettings.Parse(section.Section("Store"), document);
        var sites = ParseSites(section, listen, document);
        foreach (var site in sites)
            certificate?.Acme?.Check(site, section.Key("Certificate"), problems);
        CheckOverlaps(sites, problems);
        ServedDirectory.CheckSecrets(sites, store, certificate?.PrivateKeyPath, problems);
        var proxies = TrustedProxies.Parse(section);
        var strictTransportSecurity = Configuration.StrictTransportSecurity.Parse(section);
        var limits = LimitSettings.Parse(section.Section("Limits"));
        var doctor = DoctorSettings.Parse(section.Section("Doctor"), document);
        var telemetry = TelemetrySettings.Parse(section.Section("Telemetry"), document.Folder);
        listen.Check(section);
        section.RejectUnknownKeys();

        return problems.Any || certificate is null
            ? null
            : new EdgeSettings(listen, certificate, store, sites, proxies, strictTransportSecurity, document.Path, document.IsLocalMode) { Limits = limits, Doctor = doctor, Telemetry = telemetry };
    }

    private static bool IsKnownSection(string name) =>
        name.Equals(ConfigurationDocument.SectionName, StringComparison.OrdinalIgnoreCase)
        || name.Equals("Serilog", StringComparison.OrdinalIgnoreCase);

    private static ImmutableArray<SiteSettings> ParseSites(SettingsSection section, ListenSettings listen, ConfigurationDocument document)
    {
        var sites = ImmutableArray.CreateBuilder<SiteSettings>();
        var hosts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var any = false;
        foreach (var (key, value) in section.List("Sites"))
        {
            any = true;
            var entry = new SettingsSection(value ?? JsonValue.Create("null"), key, section.Problems);
            if (entry.IsMalformed || SiteSettings.Parse(entry, listen, document) is not { } site)
                continue;

            foreach (var (host, _) in site.Hosts)
            {
                if (!hosts.TryAdd(host, key))
                    section.Problems.Add(key, null, hosts[host] == key
                        ? $"the host {host} stands there for two things; give each a host of its own"
                        : $"the host {host} already belongs to {hosts[host]}; each host leads to one site");
            }

            sites.Add(site);
        }

        if (!any && section.Raw("Sites") is null or JsonArray { Count: 0 })
        {
            section.Problems.Add(
                section.Key("Sites"), null,
                "name at least one, for example [{ \"ServerName\": \"example.org\", \"Homeserver\": { \"Address\": \"http://127.0.0.1:8008\" } }]");
        }

        return sites.ToImmutable();
    }

    // Each site has a certificate of its own: two that prove the same name at the same time would disturb each other.
    private static void CheckOverlaps(ImmutableArray<SiteSettings> sites, Problems problems)
    {
        var told = new HashSet<string>();
        foreach (var (site, name) in sites.SelectMany(site => site.AdditionalNames.Select(name => (site, name))))
        {
            if (sites.FirstOrDefault(other => other != site && other.CertificateNames.Contains(name)) is { } other && told.Add(name))
                problems.Add($"{site.Key}:AdditionalNames", $"\"{name}\"", $"{other.Key} has this name already; each name belongs to one site");
        }
    }
}
