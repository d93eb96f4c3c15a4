using Microsoft.Win32.SafeHandles;

namespace MatrixEdge.Website;

/// <summary>
/// A file that is being read, by however many requests at the same time. Length and time are those of what was opened: a file
/// put in its place by renaming changes neither them nor what is read.
/// </summary>
/// <param name="handle">Null for an empty file, which is never opened: pipes and devices look like one, and would keep whoever opens them waiting.</param>
internal sealed class OpenFile(OpenFiles owner, SafeFileHandle? handle, FileLook look)
{
    public long Length => look.Length;

    public DateTimeOffset Modified => look.Modified;

    internal FileLook Look => look;

    internal SafeFileHandle? Handle => handle;

    /// <summary>How many have it open; the owner's to change.</summary>
    internal int Readers { get; set; } = 1;

    /// <summary>Reads what stands at an offset; 0 bytes at the end.</summary>
    /// <exception cref="IOException">The disk cannot.</exception>
    public ValueTask<int> ReadAsync(Memory<byte> buffer, long offset, CancellationToken stop) =>
        handle is null ? ValueTask.FromResult(0) : RandomAccess.ReadAsync(handle, buffer, offset, stop);

    /// <summary>To be called once by everybody who opened it.</summary>
    public void Close() => owner.Close(this);
}
