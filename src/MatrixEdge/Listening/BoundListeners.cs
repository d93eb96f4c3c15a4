using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace MatrixEdge.Listening;

/// <summary>Where the listeners really are once they are open: a configured port 0 has become one of the system's.</summary>
internal sealed class BoundListeners
{
    private readonly List<(ListenerKind Kind, ListenOptions Options)> listeners = [];

    public IEnumerable<(ListenerKind Kind, IPEndPoint EndPoint)> All =>
        listeners.Where(listener => listener.Options.IPEndPoint is not null).Select(listener => (listener.Kind, listener.Options.IPEndPoint!));

    public IPEndPoint? Find(ListenerKind kind) => All.Where(listener => listener.Kind == kind).Select(listener => listener.EndPoint).FirstOrDefault();

    internal void Add(ListenerKind kind, ListenOptions options) => listeners.Add((kind, options));
}
