using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>Which homeserver stands behind a site; decides the public paths.</summary>
internal enum HomeserverKind
{
    /// <summary>Not said: the safe union of all kinds' public paths.</summary>
    Auto,
    Synapse,
    Dendrite,
    Conduit,
    Conduwuit,
    Continuwuity,
    Tuwunel,

    /// <summary>Only the paths that the operator lists.</summary>
    Custom,
}

/// <param name="Address">Scheme, host and port of the homeserver's client and federation listener; no path.</param>
/// <param name="PublicPaths">Prefixes beside those of the kind.</param>
internal sealed record HomeserverSettings(HomeserverKind Kind, Uri Address, ImmutableArray<string> PublicPaths)
{
    private static readonly SearchValues<char> NeverInPrefix = SearchValues.Create("?#*% \\");

    /// <summary>Administrators' interfaces of the known homeservers: on no public port, whatever is listed as public.</summary>
    public static readonly ImmutableArray<string> PrivatePaths =
    [
        "/_synapse/admin/", "/_synapse/mas/", "/_synapse/metrics/", "/_synapse/replication/",
        "/_dendrite/", "/_continuwuity/admin/",
    ];

    public static HomeserverSettings? Parse(SettingsSection section, ListenSettings listen)
    {
        if (section.IsMalformed)
            return null;

        var kind = section.Choice("Kind", HomeserverKind.Auto);
        var address = ParseAddress(section, listen);
        var paths = ParsePublicPaths(section);
        section.RejectUnknownKeys();

        if (kind == HomeserverKind.Custom && paths.IsEmpty)
            section.Problems.Add(section.Key("PublicPaths"), null, "Kind \"Custom\" needs the public paths, for example [\"/_matrix/\"]");

        return address is null || kind is null ? null : new HomeserverSettings(kind.Value, address, paths);
    }

    private static Uri? ParseAddress(SettingsSection section, ListenSettings listen)
    {
        const string Name = "Address";
        var text = section.Text(Name);
        if (text is null)
        {
            if (section.Raw(Name) is null)
                section.Problems.Add(section.Key(Name), null, "say where the homeserver listens, for example \"http://127.0.0.1:8008\"");
            return null;
        }

        if (!text.Contains("://", StringComparison.Ordinal))
        {
            section.Report(Name, $"the scheme is missing; write \"http://{text}\"");
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
        {
            section.Report(Name, "must be an http or https URL, for example \"http://127.0.0.1:8008\"");
            return null;
        }

        if (address.PathAndQuery != "/" || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
        {
            section.Report(Name, $"must be scheme, host and port alone, since paths are passed on unchanged; write \"{address.GetLeftPart(UriPartial.Scheme)}{address.Authority}\"");
            return null;
        }

        if (address.IsLoopback && listen.All.FirstOrDefault(listener => listener.Port == address.Port) is { } own)
        {
            section.Report(Name, $"that is the gateway's own listener ({own.Key}); give the homeserver's");
            return null;
        }

        return address;
    }

    private static ImmutableArray<string> ParsePublicPaths(SettingsSection section)
    {
        var paths = ImmutableArray.CreateBuilder<string>();
        foreach (var (key, value) in section.List("PublicPaths"))
        {
            var path = value is JsonValue text && text.TryGetValue<string>(out var read) ? read : null;
            if (path is null || !path.StartsWith('/') || path.Length < 2 || path.AsSpan().ContainsAny(NeverInPrefix)
                || path.Contains("//", StringComparison.Ordinal) || path.Split('/').Any(segment => segment is "." or ".."))
            {
                section.Problems.Add(key, SettingsSection.Show(value), "must be a path prefix as it stands in a request, for example \"/_matrix/\"");
            }
            else if (PrivatePaths.FirstOrDefault(path.WithSlash().StartsWith) is { } hidden)
            {
                section.Problems.Add(key, SettingsSection.Show(value), $"{hidden} is for administrators and is never served on a public port; reach it at the homeserver's own address");
            }
            else
            {
                paths.Add(path);
            }
        }

        return paths.ToImmutable();
    }
}

file static class PathExtensions
{
    public static string WithSlash(this string path) => path.EndsWith('/') ? path : path + "/";
}
