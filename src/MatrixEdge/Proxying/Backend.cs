using MatrixEdge.Protocol;

namespace MatrixEdge.Proxying;

/// <summary>
/// A program behind the gateway, as it is known while running. It outlives a change of configuration that keeps its role and
/// address, and sites with the same one share it.
/// </summary>
/// <param name="role">What it is to operators and users: "homeserver".</param>
/// <param name="address">Scheme, host and port.</param>
internal class Backend(string role, Uri address)
{
    private const int Unknown = 0, Up = 1, Down = 2;
    private int state = Unknown;

    public string Role { get; } = role;

    public Uri Address { get; } = address;

    /// <summary>Scheme, host and port, without a slash: what the raw target is put behind.</summary>
    public string Prefix { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>What is said for it when there is no connection to it, or it broke before an answer.</summary>
    public MatrixError Unreachable { get; } = MatrixError.Unreachable(role);

    /// <summary>What is said for it when it did not answer in time.</summary>
    public MatrixError TimedOut { get; } = MatrixError.TimedOut(role);

    public bool IsDown => Volatile.Read(ref state) == Down;

    /// <summary>Whether it answered when it was last needed; null when that was never.</summary>
    public bool? IsUp => Volatile.Read(ref state) switch { Up => true, Down => false, _ => null };

    /// <summary>Notes that it answered. True if it had been down.</summary>
    public bool NoteUp() => Interlocked.Exchange(ref state, Up) == Down;

    /// <summary>Notes that it could not be reached. True if that is news.</summary>
    public virtual bool NoteDown() => Interlocked.Exchange(ref state, Down) != Down;
}
