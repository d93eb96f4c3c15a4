using System.Text;
using MatrixEdge.Idling;

namespace MatrixEdge.Tests.Idling;

public sealed class MappingReaderTests
{
    private const string Library = "7f3c10000000-7f3c10021000 r-xp 00001000 fe:00 1179                       /usr/lib/libssl.so.3";

    [Theory]
    [InlineData(Library)]
    [InlineData("7f3c10000000-7f3c10021000 r--s 00000000 fe:00 1179                       /srv/a file (of mine).dll")]
    [InlineData("10000-21000 r--p 00000000 103:02 18446744073709551615 /x")]
    public void A_piece_of_a_file_that_nothing_can_write_to_and_nothing_did_can_be_given_back(string head) =>
        Assert.Single(Read(Described(head)));

    [Theory]
    [InlineData("7f3c10000000-7f3c10021000 rw-p 00001000 fe:00 1179                       /usr/lib/libssl.so.3")] // the program's data
    [InlineData("7f3c10000000-7f3c10021000 rw-s 00001000 fe:00 1179                       /var/lib/shared")]
    [InlineData("7f3c10000000-7f3c10021000 rwxp 00001000 fe:00 1179                       /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 -w-s 00001000 fe:00 1179                       /var/lib/shared")]
    [InlineData("7f3c10000000-7f3c10021000 ---p 00001000 fe:00 1179                       /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00001000 fe:00 1179                       /usr/lib/libssl.so.3 (deleted)")]
    [InlineData("7f3c10000000-7f3c10021000 r-xs 00001000 00:01 1179                       /memfd:doublemapper (deleted)")]
    [InlineData("7f3c10000000-7f3c10021000 r--s 00001000 00:01 1179                       /dev/shm/shared")]
    [InlineData("7f3c10000000-7f3c10021000 r--p 00000000 00:00 0 ")]
    [InlineData("7f3c10000000-7f3c10021000 r--p 00000000 00:00 0                          [heap]")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00000000 00:00 0                          [vdso]")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00000000 00:00 0                          /nothing")]
    [InlineData("7f3c10021000-7f3c10000000 r-xp 00001000 fe:00 1179                       /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000 r-xp 00001000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00001000 fe:00")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp")]
    [InlineData("7f3c10000000-7f3c10021000 r-x? 00001000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-17f3c10000000021000 r-xp 00001000 fe:00 1179 /usr/lib/libssl.so.3")] // no address
    public void Everything_else_is_left_alone(string head) => Assert.Empty(Read(Described(head)));

    [Theory]
    [InlineData(132, 4, "rd ex mr mw me sd")] // what was written is in no file
    [InlineData(0, 0, "rd ex mr mw me sd")] // nothing is there
    [InlineData(132, 0, "rd ex mr mw me lo sd")]
    [InlineData(132, 0, "rd mr mw me ht")]
    [InlineData(132, 0, "rd mr mw me io")]
    [InlineData(132, 0, "rd mr mw me pf")]
    public void What_holds_more_than_the_file_or_is_no_ordinary_memory_is_left_alone(int resident, int anonymous, string flags) =>
        Assert.Empty(Read(Described(Library, resident, anonymous, flags)));

    [Theory]
    [InlineData("Rss:")]
    [InlineData("Anonymous:")]
    [InlineData("VmFlags:")]
    public void What_the_kernel_does_not_say_is_not_assumed(string field)
    {
        var lines = Described(Library).Where(line => !line.StartsWith(field, StringComparison.Ordinal));

        Assert.Empty(Read([.. lines, .. Described("7f3c20000000-7f3c20021000 rw-p 00001000 fe:00 1179 /usr/lib/libssl.so.3")]));
    }

    [Fact]
    public void What_is_said_of_one_piece_counts_for_no_other()
    {
        var found = Read([
            .. Described("10000-20000 r--p 00000000 fe:00 7 /written", anonymous: 4),
            .. Described("20000-30000 r--p 00010000 fe:00 7 /clean"),
            .. Described("30000-40000 rw-p 00000000 fe:00 7 /data"),
            .. Described("40000-50000 r-xs 00000000 fe:00 8 /clean too"),
        ]);

        Assert.Equal([0x20000UL, 0x40000UL], found.Select(mapping => mapping.Start));
        Assert.Equal([0x30000UL, 0x50000UL], found.Select(mapping => mapping.End));
    }

    [Theory]
    [InlineData("7f3c10001000-7f3c10021000 r-xp 00001000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10020000 r-xp 00001000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r--p 00001000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xs 00001000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00002000 fe:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00001000 fe:01 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00001000 fd:00 1179 /usr/lib/libssl.so.3")]
    [InlineData("7f3c10000000-7f3c10021000 r-xp 00001000 fe:00 1178 /usr/lib/libssl.so.3")]
    public void A_piece_that_differs_in_anything_is_another(string head) =>
        Assert.NotEqual(Assert.Single(Read(Described(Library))), Assert.Single(Read(Described(head))));

    private static List<FileMapping> Read(IEnumerable<string> lines)
    {
        var reader = new MappingReader();
        var found = new List<FileMapping>();
        foreach (var line in lines)
        {
            if (reader.Takes(Encoding.UTF8.GetBytes(line), out var mapping))
                found.Add(mapping);
        }

        return found;
    }

    private static string[] Described(string head, int resident = 132, int anonymous = 0, string flags = "rd ex mr mw me sd") =>
    [
        head,
        "Size:                132 kB",
        "KernelPageSize:        4 kB",
        $"Rss:                 {resident,4} kB",
        "Pss:                  12 kB",
        "Private_Dirty:         0 kB",
        "Referenced:          132 kB",
        $"Anonymous:           {anonymous,4} kB",
        "AnonHugePages:         0 kB",
        "Swap:                  0 kB",
        "THPeligible:           0",
        $"VmFlags: {flags} ",
    ];
}
