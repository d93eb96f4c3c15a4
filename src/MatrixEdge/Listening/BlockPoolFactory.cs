using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Listening;

/// <summary>Gives Kestrel one pool for all it does.</summary>
internal sealed class BlockPoolFactory : IMemoryPoolFactory<byte>, IDisposable
{
    private readonly BlockPool pool = new();

    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => pool;

    public void Dispose() => pool.Dispose();
}
