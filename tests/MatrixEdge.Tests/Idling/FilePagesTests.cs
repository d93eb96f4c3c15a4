using System.Globalization;
using System.Runtime.InteropServices;
using MatrixEdge.Idling;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Idling;

/// <summary>With files in the test's own memory, and the kernel's own words. What is given back is the whole process's, and so are gateways that do it.</summary>
[Collection(nameof(Alone))]
public sealed class FilePagesTests : IDisposable
{
    private const int Length = 1024 * 1024;

    private const int ReadOnly = 1;
    private const int ReadWrite = 3;
    private const int Shared = 1;
    private const int Private = 2;

    private readonly TemporaryFolder folder = new();
    private readonly byte[] content = new byte[Length];
    private readonly List<nint> mapped = [];

    public FilePagesTests() => new Random(1).NextBytes(content);

    [Theory]
    [InlineData(Private)]
    [InlineData(Shared)]
    public void Pages_of_a_file_are_given_back_and_come_again_as_they_were(int kind)
    {
        var file = Map(ReadOnly, kind);
        Assert.Equal(content, Read(file));
        var pages = new FilePages();
        pages.Look();
        var before = ResidentKilobytes(file);

        var given = pages.GiveBack();

        Assert.Equal(Length / 1024, before);
        Assert.True(given > 0);
        Assert.Equal(0, ResidentKilobytes(file));
        Assert.Equal(content, Read(file));
    }

    [Fact]
    public void What_was_written_over_a_file_stays()
    {
        var file = Map(ReadWrite, Private);
        Marshal.WriteByte(file, 5000, (byte)~content[5000]);
        Assert.Equal(0, Protect(file, Length, ReadOnly));
        var changed = Read(file);
        var before = ResidentKilobytes(file);
        var pages = new FilePages();

        pages.Look();
        pages.GiveBack();

        Assert.Equal(before, ResidentKilobytes(file));
        Assert.NotEqual(content, changed);
        Assert.Equal(changed, Read(file));
    }

    [Fact]
    public void What_can_be_written_to_stays()
    {
        var file = Map(ReadWrite, Private);
        Assert.Equal(content, Read(file));
        var pages = new FilePages();

        pages.Look();
        pages.GiveBack();

        Assert.Equal(Length / 1024, ResidentKilobytes(file));
    }

    [Fact]
    public void What_was_written_after_the_look_stays()
    {
        var file = Map(ReadOnly, Private);
        Assert.Equal(content, Read(file));
        var pages = new FilePages();
        pages.Look();
        Assert.Equal(0, Protect(file, Length, ReadWrite));
        Marshal.WriteByte(file, 5000, (byte)~content[5000]);
        Assert.Equal(0, Protect(file, Length, ReadOnly));
        var changed = Read(file);

        pages.GiveBack();

        Assert.NotEqual(content, changed);
        Assert.Equal(changed, Read(file));
    }

    [Fact]
    public void What_was_not_seen_before_stays()
    {
        var pages = new FilePages();
        pages.Look();
        var file = Map(ReadOnly, Private);
        Assert.Equal(content, Read(file));

        pages.GiveBack();

        Assert.Equal(Length / 1024, ResidentKilobytes(file));
    }

    [Fact]
    public void What_was_forgotten_stays()
    {
        var file = Map(ReadOnly, Private);
        Assert.Equal(content, Read(file));
        var pages = new FilePages();
        pages.Look();
        pages.Forget();

        Assert.Equal(0, pages.GiveBack());
        Assert.Equal(Length / 1024, ResidentKilobytes(file));
    }

    [Fact]
    public void Nothing_is_given_back_where_the_kernel_says_nothing()
    {
        var pages = new FilePages(folder.File("smaps"));

        pages.Look();

        Assert.Equal(0, pages.GiveBack());
    }

    [Theory]
    [InlineData(20_000)] // a name that fits into no buffer
    [InlineData(0)]
    public void Whatever_is_read_there_is_no_reason_to_fail(int length)
    {
        File.WriteAllText(folder.File("smaps"), new string('a', length) + "\n\n\0\nVmFlags: \nRss: none\n1-2 r--p\n1-2 r--p 0 0:0 1 /x\nRss:\nAnonymous: -1 kB\nVmFlags:");
        var pages = new FilePages(folder.File("smaps"));

        pages.Look();

        Assert.Equal(0, pages.GiveBack());
    }

    public void Dispose()
    {
        foreach (var start in mapped)
            Assert.Equal(0, Unmap(start, Length));
        folder.Dispose();
    }

    private nint Map(int protection, int kind)
    {
        var path = folder.File("file");
        File.WriteAllBytes(path, content);
        using var file = File.OpenHandle(path);
        var start = Map(0, Length, protection, kind, file.DangerousGetHandle().ToInt32(), 0);
        Assert.NotEqual(-1, start);
        mapped.Add(start);
        return start;
    }

    private static byte[] Read(nint start)
    {
        var read = new byte[Length];
        Marshal.Copy(start, read, 0, Length);
        return read;
    }

    private static long ResidentKilobytes(nint start)
    {
        var lines = File.ReadAllLines("/proc/self/smaps");
        var head = string.Create(CultureInfo.InvariantCulture, $"{start:x}-{start + Length:x} ");
        var rss = lines.SkipWhile(line => !line.StartsWith(head, StringComparison.Ordinal)).First(line => line.StartsWith("Rss:", StringComparison.Ordinal));
        return long.Parse(rss["Rss:".Length..^"kB".Length], CultureInfo.InvariantCulture);
    }

    [DllImport("libc", EntryPoint = "mmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    [DllImport("libc", EntryPoint = "munmap")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unmap(nint address, nuint length);

    [DllImport("libc", EntryPoint = "mprotect")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Protect(nint address, nuint length, int protection);
}
