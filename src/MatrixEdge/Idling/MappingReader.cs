using System.Buffers.Text;

namespace MatrixEdge.Idling;

/// <summary>
/// Reads <c>/proc/self/smaps</c> line by line (<c>man 5 proc_pid_smaps</c>), and finds the pieces of files whose pages can be taken from
/// this process without anything being lost: nothing can be written there, and nothing was. What it does not understand it passes over.
/// </summary>
internal struct MappingReader
{
    private FileMapping current;
    private bool isFile;
    private ulong? resident;
    private ulong? anonymous;

    /// <summary>Whether this line ends the description of such a piece that has pages in memory.</summary>
    public bool Takes(ReadOnlySpan<byte> line, out FileMapping mapping)
    {
        mapping = default;
        if (line.IsEmpty)
            return false;

        // Names of fields begin with capitals, addresses do not.
        if (line[0] is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'f'))
        {
            (isFile, resident, anonymous) = (TryReadHead(line, out current), null, null);
            return false;
        }

        if (!isFile)
            return false;
        if (line.StartsWith("Rss:"u8))
            resident = ReadKilobytes(line);
        else if (line.StartsWith("Anonymous:"u8))
            anonymous = ReadKilobytes(line);

        // The last line of each.
        if (!line.StartsWith("VmFlags:"u8))
            return false;

        isFile = false;
        mapping = current;
        return resident > 0 && anonymous == 0 && !IsSpecial(line);
    }

    // "7f3c10000000-7f3c10021000 r-xp 00001000 fe:00 1179   /usr/lib/libssl.so.3"
    private static bool TryReadHead(ReadOnlySpan<byte> line, out FileMapping mapping)
    {
        mapping = default;
        if (!TryReadHex(ref line, (byte)'-', out var start) || !TryReadHex(ref line, (byte)' ', out var end) || line.Length < 5 || line[4] != ' ')
            return false;

        var rights = line[..4];
        line = line[5..];
        if (rights[0] != 'r' || rights[1] != '-' || rights[3] is not ((byte)'p' or (byte)'s')
            || !TryReadHex(ref line, (byte)' ', out var offset) || !TryReadHex(ref line, (byte)':', out var major) || !TryReadHex(ref line, (byte)' ', out var minor)
            || !Utf8Parser.TryParse(line, out ulong inode, out var read) || inode == 0 || end <= start)
        {
            return false;
        }

        // A file that has no name any more is memory by another name, or was replaced.
        var path = line[read..].TrimStart((byte)' ');
        if (path.IsEmpty || path[0] != '/' || path.EndsWith(" (deleted)"u8) || path.StartsWith("/dev/"u8))
            return false;

        mapping = new FileMapping(start, end, BitConverter.ToUInt32(rights), offset, ((uint)major << 20) | (uint)minor, inode);
        return true;
    }

    private static bool TryReadHex(ref ReadOnlySpan<byte> line, byte after, out ulong number)
    {
        if (!Utf8Parser.TryParse(line, out number, out var read, 'x') || read >= line.Length || line[read] != after)
            return false;

        line = line[(read + 1)..];
        return true;
    }

    private static ulong? ReadKilobytes(ReadOnlySpan<byte> line)
    {
        var number = line[(line.IndexOf((byte)':') + 1)..].TrimStart((byte)' ');
        return Utf8Parser.TryParse(number, out ulong kilobytes, out _) ? kilobytes : null;
    }

    // Locked, of huge pages, or a device's.
    private static bool IsSpecial(ReadOnlySpan<byte> line)
    {
        var flags = line["VmFlags:".Length..];
        while (!(flags = flags.TrimStart((byte)' ')).IsEmpty)
        {
            var length = flags.IndexOf((byte)' ') is >= 0 and var found ? found : flags.Length;
            var flag = flags[..length];
            flags = flags[length..];
            if (flag.SequenceEqual("lo"u8) || flag.SequenceEqual("ht"u8) || flag.SequenceEqual("io"u8) || flag.SequenceEqual("pf"u8))
                return true;
        }

        return false;
    }
}
