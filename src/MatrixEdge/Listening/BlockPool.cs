using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace MatrixEdge.Listening;

/// <summary>
/// The memory that bytes pass through on their way from and to clients. Kestrel's own pool has blocks of 4 KiB, a quarter of a TLS
/// record: media would go through in four times as many steps, down to the system calls. A connection that waits holds none.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>In bytes: a TLS record as the largest come (RFC 8446 §5.2), and some room.</summary>
    public const int BlockSize = 16 * 1024 + 256;

    // What is not in use beyond this is the garbage collector's: a burst does not stay in memory for ever.
    private const int MostKept = 256;

    private readonly ConcurrentQueue<Block> free = new();
    private int kept;

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        if (!free.TryDequeue(out var block))
            return new Block(this);

        Interlocked.Decrement(ref kept);
        return block;
    }

    protected override void Dispose(bool disposing)
    {
    }

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref kept) <= MostKept)
            free.Enqueue(block);
        else
            Interlocked.Decrement(ref kept);
    }

    private sealed class Block(BlockPool pool) : IMemoryOwner<byte>
    {
        // Pinned, since nearly all of its life it is part of some system call.
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true), 0, BlockSize);

        public void Dispose() => pool.Return(this);
    }
}
