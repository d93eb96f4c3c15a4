using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>How certificates are ordered.</summary>
/// <param name="ChallengeTypes">In order of preference; at least one.</param>
/// <param name="Issuers">The authority to ask, and behind it those to fall back on.</param>
/// <param name="Dns01">How records are published; null where <see cref="ChallengeType.Dns01"/> is not among the types.</param>
internal sealed record AcmeSettings(
    ImmutableArray<ChallengeType> ChallengeTypes, CertificateKeyAlgorithm KeyAlgorithm, ImmutableArray<IssuerSettings> Issuers, DnsSettings? Dns01)
{
    // RFC 6761, RFC 6762, RFC 8375, RFC 9476 and what people use at home: no public authority vouches for these.
    private static readonly string[] PrivateEndings = ["localhost", "local", "internal", "test", "invalid", "example", "home.arpa", "lan", "home", "alt", "onion"];

    /// <summary>Who is asked and how names are proved, on one line for the operator.</summary>
    public string Words =>
        $"{Issuers[0].Directory}{(Issuers[0].Profile is { } profile ? $", profile {profile}" : "")}{(Issuers.Length > 1 ? $", else {string.Join(", else ", Issuers.Skip(1).Select(issuer => issuer.Directory))}" : "")}; "
        + $"names are proved by {string.Join(", else ", ChallengeTypes)}";

    public static AcmeSettings? Parse(SettingsSection section, string folder, ListenSettings listen)
    {
        var before = section.Problems.Found.Count;
        if (!section.Flag("AcceptTermsOfService", absent: false))
        {
            section.Problems.Add(section.Key("AcceptTermsOfService"), section.Raw("AcceptTermsOfService")?.ToJsonString(),
                "an authority issues certificates only to those who accept its terms of service (Let's Encrypt: https://letsencrypt.org/repository/); write true, or use Source \"Files\" or \"Local\"");
        }

        var email = IssuerSettings.ParseEmail(section);
        var types = ParseChallengeTypes(section, listen);
        var dns01 = DnsSettings.Parse(section.Section("Dns01"), folder);
        if (dns01 is not null && !types.Contains(ChallengeType.Dns01))
            section.Problems.Note($"{section.Key("Dns01")} has no effect, since ChallengeTypes does not list Dns01");
        var algorithm = section.Choice("KeyAlgorithm", CertificateKeyAlgorithm.ES256);
        var issuers = ImmutableArray.CreateBuilder<IssuerSettings?>();
        issuers.Add(IssuerSettings.Parse(section, folder, email, isFirst: true));
        foreach (var (key, value) in section.List("FallbackIssuers"))
        {
            var entry = new SettingsSection(value ?? JsonValue.Create("null"), key, section.Problems);
            if (entry.IsMalformed)
                continue;

            var issuer = IssuerSettings.Parse(entry, folder, email, isFirst: false);
            entry.RejectUnknownKeys();
            if (issuer is not null && issuers.Any(other => other?.Id == issuer.Id))
                entry.Report("DirectoryUri", "this authority is listed already");
            issuers.Add(issuer);
        }

        return section.Problems.Found.Count == before && algorithm is { } chosen
            ? new AcmeSettings(types, chosen, [.. issuers.OfType<IssuerSettings>()], dns01)
            : null;
    }

    /// <summary>Holds the names of a site against what can be proved.</summary>
    public void Check(SiteSettings site, string certificateKey, Problems problems)
    {
        var names = site.CertificateNames.ToList();
        if (names.Count > 100)
            problems.Add(site.Key, null, $"a certificate holds at most 100 names, and this site has {names.Count}");

        foreach (var name in names)
        {
            if (name.StartsWith("*.", StringComparison.Ordinal) && !ChallengeTypes.Contains(ChallengeType.Dns01))
                problems.Add($"{site.Key}:AdditionalNames", $"\"{name}\"", $"only Dns01 proves a wildcard; add it to {certificateKey}:ChallengeTypes");
            else if (IPAddress.TryParse(name, out _) && ChallengeTypes is [ChallengeType.Dns01])
                problems.Add(site.Key, $"\"{name}\"", "an address cannot be proved by DNS; allow Http01 or TlsAlpn01");
            else if (Issuers[0].Directory.Host.EndsWith(".letsencrypt.org", StringComparison.OrdinalIgnoreCase) && IsPrivate(name))
                problems.Note($"{name} is no public name: Let's Encrypt will refuse it. Use your own domain, or Source \"Local\" to try out");
        }
    }

    private static bool IsPrivate(string name) =>
        !IPAddress.TryParse(name, out _)
        && (!name.Contains('.', StringComparison.Ordinal) || PrivateEndings.Any(ending => name.EndsWith("." + ending, StringComparison.OrdinalIgnoreCase)));

    private static ImmutableArray<ChallengeType> ParseChallengeTypes(SettingsSection section, ListenSettings listen)
    {
        string? WhyNot(ChallengeType type) => type switch
        {
            ChallengeType.Http01 when listen.Http is null => "Http01 is asked for on port 80, and MatrixEdge:Listen:Http is closed",
            ChallengeType.TlsAlpn01 when listen.Https is null => "TlsAlpn01 is asked for on port 443, and MatrixEdge:Listen:Https is closed",
            ChallengeType.Dns01 when section.Raw("Dns01") is null => $"Dns01 needs to know how to publish records: write {section.Key("Dns01")}",
            _ => null,
        };

        if (section.Raw("ChallengeTypes") is null)
        {
            ImmutableArray<ChallengeType> usual = section.Raw("Dns01") is null
                ? [ChallengeType.TlsAlpn01, ChallengeType.Http01]
                : [ChallengeType.TlsAlpn01, ChallengeType.Http01, ChallengeType.Dns01];
            ImmutableArray<ChallengeType> possible = [.. usual.Where(type => WhyNot(type) is null)];
            if (possible.Length == 0)
                section.Problems.Add(section.Key("ChallengeTypes"), null, "nothing can be proved with both Listen:Http and Listen:Https closed; open one, or use Dns01");
            return possible;
        }

        var types = ImmutableArray.CreateBuilder<ChallengeType>();
        foreach (var (key, value) in section.List("ChallengeTypes"))
        {
            var text = value is JsonValue json && json.TryGetValue<string>(out var read) ? read : "";
            if (Enum.GetValues<ChallengeType>().Cast<ChallengeType?>().FirstOrDefault(type => string.Equals(type.ToString(), text, StringComparison.OrdinalIgnoreCase)) is not { } type)
                section.Problems.Add(key, SettingsSection.Show(value), $"it must be one of {string.Join(", ", Enum.GetNames<ChallengeType>())}");
            else if (WhyNot(type) is { } obstacle)
                section.Problems.Add(key, SettingsSection.Show(value), obstacle);
            else if (!types.Contains(type))
                types.Add(type);
        }

        if (types.Count == 0 && section.Raw("ChallengeTypes") is JsonArray { Count: 0 })
            section.Report("ChallengeTypes", "name at least one of Http01, TlsAlpn01, Dns01");
        return types.ToImmutable();
    }
}
