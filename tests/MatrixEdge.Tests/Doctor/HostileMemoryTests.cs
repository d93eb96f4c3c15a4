using System.IO.Compression;
using System.Net;
using System.Text;
using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Doctor;

/// <summary>However much strangers send, little of it is kept. What a whole examination allocates is measured, in this process alone.</summary>
[Collection(nameof(Alone))]
public sealed class HostileMemoryTests
{
    private const long Gigabyte = 1024L * 1024 * 1024;

    // Several times what a healthy server takes, while each of some thirty answers would be a gigabyte.
    private const long Most = Gigabyte / 4;

    [Theory]
    [InlineData("identity")]
    [InlineData("chunked")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("header")]
    [InlineData("preliminary")]
    public async Task Reads_no_more_of_an_answer_than_anybody_would(string kind)
    {
        await using var world = new World();
        var sent = new Counter();
        world.Web.On("*", Bomb(kind, sent));

        var (examination, allocated) = await MeasureAsync(world);

        Assert.Equal(FindingOutcome.Fail, examination.Verdict);
        Assert.InRange(allocated, 0, Most);
        // What lies in the buffers of sockets, of the some thirty gigabytes that were offered.
        Assert.InRange(sent.Octets, 1, Gigabyte);
    }

    [Fact]
    public async Task Shortens_a_certificate_with_thousands_of_names()
    {
        await using var world = new World(Shape.Document8448);
        var issued = world.Authority.Issue([.. Enumerable.Range(0, 1000).Select(i => $"host-{i}.of-a-very-large-content-delivery-network.example.net")]);
        world.At(8448, place => place.Certificate = issued);

        var (examination, allocated) = await MeasureAsync(world);

        Assert.Equal("certificate-names", examination.First!.Id);
        Assert.InRange(examination.First.Summary.Length, 1, 5000);
        Assert.InRange(allocated, 0, Most);
    }

    [Fact]
    public async Task Takes_as_many_records_as_a_message_holds()
    {
        await using var world = new World();
        world.Zone.Remove("matrix.example.org").Address("matrix.example.org", [.. Enumerable.Range(0, 1900).Select(i => $"8.20.{100 + i / 250}.{1 + i % 250}")]);

        var (_, allocated) = await MeasureAsync(world);

        Assert.InRange(allocated, 0, Most);
    }

    private static async Task<(Examination Examination, long Allocated)> MeasureAsync(World world)
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var examination = await world.ExamineAsync().WaitAsync(TimeSpan.FromMinutes(3));
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.DoesNotContain(examination.Findings, finding => finding.Summary.Contains("report it", StringComparison.Ordinal));
        return (examination, allocated);
    }

    private static Reply Bomb(string kind, Counter sent)
    {
        const string Json = "Content-Type: application/json\r\nAccess-Control-Allow-Origin: *\r\n";
        var chunk = new byte[64 * 1024];
        chunk.AsSpan().Fill((byte)' ');
        var (head, body, times) = kind switch
        {
            "identity" => ($"HTTP/1.1 200 OK\r\n{Json}Content-Length: {Gigabyte}\r\n\r\n", chunk, Gigabyte / chunk.Length),
            "chunked" => ($"HTTP/1.1 200 OK\r\n{Json}Transfer-Encoding: chunked\r\n\r\n", [.. "10000\r\n"u8, .. chunk, .. "\r\n"u8], Gigabyte / chunk.Length),
            "header" => ("HTTP/1.1 200 OK\r\n", [.. "X-A: "u8, .. chunk, .. "\r\n"u8], Gigabyte / chunk.Length),
            "preliminary" => ("", [.. "HTTP/1.1 103 Early Hints\r\nLink: <"u8, .. chunk[..8192], .. ">\r\n\r\n"u8], Gigabyte / 8192),
            _ => ($"HTTP/1.1 200 OK\r\n{Json}Content-Encoding: {kind}\r\n\r\n", Compress(kind, chunk), 1L),
        };
        return new Reply(0, "")
        {
            Raw = async (stream, stop) =>
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head), stop);
                for (var i = 0L; i < times; i++)
                {
                    sent.Add(body.Length);
                    await stream.WriteAsync(body, stop);
                }
            },
        };
    }

    // A gigabyte of spaces.
    private static byte[] Compress(string kind, byte[] chunk)
    {
        using var packed = new MemoryStream();
        using (Stream packer = kind switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest),
            _ => new ZLibStream(packed, CompressionLevel.Fastest),
        })
        {
            for (var i = 0L; i < Gigabyte / chunk.Length; i++)
                packer.Write(chunk);
        }

        return packed.ToArray();
    }

    private sealed class Counter
    {
        private long octets;

        public long Octets => Interlocked.Read(ref octets);

        public void Add(int length) => Interlocked.Add(ref octets, length);
    }
}
