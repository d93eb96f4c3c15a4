namespace MatrixEdge.Proxying;

/// <summary>
/// A homeserver as the gateway knows it while running. It outlives a change of configuration that keeps its address, and
/// two sites with the same address share it.
/// </summary>
internal sealed class Homeserver(Uri address)
{
    private const int Unknown = 0, Up = 1, Down = 2;
    private int state;

    public Uri Address { get; } = address;

    /// <summary>Scheme, host and port, without a slash: what the raw target is put behind.</summary>
    public string Prefix { get; } = address.GetLeftPart(UriPartial.Authority);

    /// <summary>The largest upload that it takes, as far as it said so.</summary>
    public UploadLimit UploadLimit { get; } = new();

    /// <summary>What it said of itself when it was last asked.</summary>
    public HomeserverAnswer? LastAnswer { get; set; }

    public bool IsDown => Volatile.Read(ref state) == Down;

    /// <summary>Notes that it answered. True if it had been down.</summary>
    public bool NoteUp() => Interlocked.Exchange(ref state, Up) == Down;

    /// <summary>Notes that it could not be reached. True if that is news.</summary>
    public bool NoteDown()
    {
        UploadLimit.Forget();
        return Interlocked.Exchange(ref state, Down) != Down;
    }
}
