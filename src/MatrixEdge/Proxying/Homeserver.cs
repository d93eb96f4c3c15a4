namespace MatrixEdge.Proxying;

/// <summary>A homeserver, which alone among the backends is asked about itself.</summary>
internal sealed class Homeserver(Uri address) : Backend("homeserver", address)
{
    /// <summary>The largest upload that it takes, as far as it said so.</summary>
    public UploadLimit UploadLimit { get; } = new();

    /// <summary>What it said of itself when it was last asked.</summary>
    public HomeserverAnswer? LastAnswer { get; set; }

    public override bool NoteDown()
    {
        UploadLimit.Forget();
        return base.NoteDown();
    }
}
