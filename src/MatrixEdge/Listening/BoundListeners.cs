using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MatrixEdge.Listening;

/// <summary>Where the listeners really are once they are open: a configured port 0 has become one of the system's.</summary>
internal sealed class BoundListeners
{
    private readonly List<(ListenerKind Kind, ListenOptions Options)> listeners = [];

    public IEnumerable<(ListenerKind Kind, IPEndPoint EndPoint)> All =>
        listeners.Select(listener => (listener.Kind, listener.Options.IPEndPoint!));

    /// <summary>The first address of a listener; null when it is closed.</summary>
    public IPEndPoint? Find(ListenerKind kind)
    {
        foreach (var listener in listeners)
        {
            if (listener.Kind == kind)
                return listener.Options.IPEndPoint;
        }

        return null;
    }

    internal void Add(ListenerKind kind, ListenOptions options) => listeners.Add((kind, options));
}
