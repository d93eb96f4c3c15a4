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
        var address = BackendAddress.Parse(section, "Address", "homeserver", "http://127.0.0.1:8008", listen);
        var paths = ParsePublicPaths(section);
        section.RejectUnknownKeys();

        if (kind == HomeserverKind.Custom && paths.IsEmpty)
            section.Problems.Add(section.Key("PublicPaths"), null, "Kind \"Custom\" needs the public paths, for example [\"/_matrix/\"]");

        return address is null || kind is null ? null : new HomeserverSettings(kind.Value, address, paths);
    }

    /// <summary>Whether a text can be the beginning of a path as it stands in a request.</summary>
    public static bool IsPrefix(string path) =>
        path.StartsWith('/') && path.Length >= 2 && !path.AsSpan().ContainsAny(NeverInPrefix)
        && !path.Contains("//", StringComparison.Ordinal) && !path.Split('/').Any(segment => segment is "." or "..");

    /// <summary>The public prefix that a path is below; null when it is private.</summary>
    public string? FindPublic(string path) =>
        PrivatePaths.Any(path.WithSlash().StartsWith) ? null
        : Configuration.PublicPaths.Of(Kind).Concat(PublicPaths).FirstOrDefault(open => path.WithSlash().StartsWith(open.WithSlash(), StringComparison.Ordinal));

    private static ImmutableArray<string> ParsePublicPaths(SettingsSection section)
    {
        var paths = ImmutableArray.CreateBuilder<string>();
        foreach (var (key, value) in section.List("PublicPaths"))
        {
            var path = value is JsonValue text && text.TryGetValue<string>(out var read) ? read : null;
            if (path is null || !IsPrefix(path))
            {
                section.Problems.Add(key, SettingsSection.Show(value), "must be a path prefix as it stands in a request, for example \"/_matrix/\"");
            }
            else if (PrivatePaths.FirstOrDefault(path.WithSlash().StartsWith) is { } hidden)
            {
                section.Problems.Add(key, SettingsSection.Show(value), $"{hidden} is for administrators and is not public; open it to some by Expose, or reach it at the homeserver's own address");
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
