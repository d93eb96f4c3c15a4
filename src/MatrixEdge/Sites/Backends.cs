using MatrixEdge.Proxying;

namespace MatrixEdge.Sites;

/// <summary>The programs behind the gateway, one object for each: those that stay keep what is known of them.</summary>
internal sealed class Backends(Backends? before)
{
    private readonly Dictionary<(string Role, Uri Address), Backend> known = [];

    // Not the object before, which holds the one before that, and so on through all that the configuration has been.
    private readonly Dictionary<(string Role, Uri Address), Backend>? former = before?.known;

    public Homeserver Homeserver(Uri address) => (Homeserver)Find("homeserver", address, () => new Homeserver(address));

    public Backend Other(string role, Uri address) => Find(role, address, () => new Backend(role, address));

    private Backend Find(string role, Uri address, Func<Backend> make)
    {
        if (!known.TryGetValue((role, address), out var backend))
            known[(role, address)] = backend = former?.GetValueOrDefault((role, address)) ?? make();
        return backend;
    }
}
