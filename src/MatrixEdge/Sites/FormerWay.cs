using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Sites;

/// <summary>Tells requests that come by the way that federation is moved away from. Decided by the name asked for and the port.</summary>
internal sealed class FormerWay(MigrationSettings settings, ListenSettings listen)
{
    // Servers name the port that they were sent to, unless it is 8448 by default (Matrix server-server §Resolving server names);
    // the port of the listener says it for all others, as far as nothing in front maps ports.
    private const int FederationPort = 8448;

    public bool Is(ReadOnlySpan<char> host, ListenerKind listener)
    {
        var colon = host.LastIndexOf(':');
        var hasPort = colon >= 0 && host.LastIndexOf(']') < colon;
        if (settings.FromHost is not null && (hasPort ? host[..colon] : host).TrimEnd('.').Equals(settings.FromHost, StringComparison.OrdinalIgnoreCase))
            return true;

        return settings.FromPort is { } port && (hasPort && int.TryParse(host[(colon + 1)..], out var named) ? named == port : IsOf(listener, port));
    }

    private bool IsOf(ListenerKind listener, int port) => listener switch
    {
        ListenerKind.Federation => port == FederationPort || port == listen.Federation?.Port,
        ListenerKind.Https => port == 443 || port == listen.Https?.Port,
        _ => false,
    };
}
