using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening;

/// <summary>Gives Kestrel one pool for all it does.</summary>
internal sealed class BlockPoolFactory(BlockPool pool) : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => pool;
}
