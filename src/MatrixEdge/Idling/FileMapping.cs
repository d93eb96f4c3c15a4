namespace MatrixEdge.Idling;

/// <summary>
/// A piece of a file in this process's memory, as the kernel describes it. Two that are equal are the same piece, at the same place and
/// with the same rights.
/// </summary>
/// <param name="Permissions">The four letters, as bytes of a number.</param>
/// <param name="Offset">Where in the file it begins.</param>
internal readonly record struct FileMapping(ulong Start, ulong End, uint Permissions, ulong Offset, uint Device, ulong Inode);
