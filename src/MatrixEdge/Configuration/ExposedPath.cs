using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>A path that is not public, but open to some: an administrators' interface, say.</summary>
/// <param name="Path">A prefix as it stands in a request.</param>
/// <param name="AllowFrom">Whose clients may use it; to all others it does not exist.</param>
internal sealed record ExposedPath(string Path, ImmutableArray<IPNetwork> AllowFrom)
{
    public static ImmutableArray<ExposedPath> ParseList(SettingsSection site, string name, HomeserverSettings? homeserver)
    {
        var exposed = ImmutableArray.CreateBuilder<ExposedPath>();
        foreach (var (key, value) in site.List(name))
        {
            var section = new SettingsSection(value ?? JsonValue.Create("null"), key, site.Problems);
            if (!section.IsMalformed && Parse(section, homeserver) is { } path)
                exposed.Add(path);
        }

        return exposed.ToImmutable();
    }

    private static ExposedPath? Parse(SettingsSection section, HomeserverSettings? homeserver)
    {
        var path = section.Text("Path");
        if (section.Raw("Path") is null)
            section.Problems.Add(section.Key("Path"), null, "say which path, for example \"/_synapse/admin/\"");
        else if (path is not null && !HomeserverSettings.IsPrefix(path))
            section.Report("Path", "must be a path prefix as it stands in a request, for example \"/_synapse/admin/\"");
        else if (path is not null && path.StartsWith("/_matrix", StringComparison.Ordinal))
            section.Report("Path", "what stands below /_matrix is public; a path that only some may use is, for example, \"/_synapse/admin/\"");
        else if (path is not null && homeserver?.FindPublic(path) is { } open)
            section.Report("Path", $"that is public already, being below {open}, so AllowFrom would keep nobody out; remove it");

        var networks = NetworkList.Parse(section, "AllowFrom");
        if (section.Raw("AllowFrom") is null or JsonArray { Count: 0 })
            section.Problems.Add(section.Key("AllowFrom"), null, "say who may use it, for example [\"10.0.0.0/8\"]; to all others the path does not exist");
        if (networks.Any(network => network.PrefixLength == 0))
            section.Problems.Note($"{section.Key("AllowFrom")} lets everybody use {path}: whoever has an administrator's token may come from anywhere");
        section.RejectUnknownKeys();
        return path is null ? null : new ExposedPath(path, networks);
    }
}
