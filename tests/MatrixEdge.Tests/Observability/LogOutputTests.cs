using System.Text;
using MatrixEdge.Observability;
using Serilog;
using Serilog.Formatting.Display;

namespace MatrixEdge.Tests.Observability;

public sealed class LogOutputTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public void A_line_is_written_at_once_and_what_comes_meanwhile_goes_out_together()
    {
        using var reader = new HaltingStream();
        using var output = new LogOutput(reader, Patience);

        output.Append("first\n"u8, isAccess: false);
        Assert.Equal("first\n", reader.Next());
        output.Append("second\n"u8, isAccess: true);
        output.Append("third\n"u8, isAccess: false);
        output.Append("fourth\n"u8, isAccess: true);
        reader.Release();

        Assert.Equal("second\nthird\nfourth\n", reader.Next());
        reader.Release();
    }

    [Fact]
    public void Lines_of_many_threads_are_whole_and_those_of_one_keep_their_order()
    {
        using var written = new MemoryStream();
        using (var output = new LogOutput(written, Patience))
        {
            Parallel.For(0, 8, thread =>
            {
                for (var i = 0; i < 2000; i++)
                    output.Append(Encoding.UTF8.GetBytes($"{thread} {i} {new string('x', i % 200)}\n"), isAccess: i % 2 == 0);
            });
            output.Append(Encoding.UTF8.GetBytes($"8 0 {new string('x', 300_000)}\n"), isAccess: false);
        }

        var lines = Encoding.UTF8.GetString(written.ToArray()).TrimEnd('\n').Split('\n').Select(line => line.Split(' ')).ToList();
        Assert.All(lines.Take(lines.Count - 1), line => Assert.Equal(int.Parse(line[1], null) % 200, line[2].Length));
        Assert.Equal(300_000, lines[^1][2].Length);
        foreach (var thread in lines.Take(lines.Count - 1).GroupBy(line => line[0]))
            Assert.Equal(Enumerable.Range(0, 2000), thread.Select(line => int.Parse(line[1], null)));
    }

    [Fact]
    public void When_nobody_reads_access_lines_are_lost_first_and_how_many_is_told_when_somebody_does()
    {
        using var reader = new HaltingStream();
        using var output = new LogOutput(reader, Patience);
        var line = Encoding.UTF8.GetBytes(new string('x', 999) + "\n");
        var told = new List<long>();
        output.Recovered = lines =>
        {
            told.Add(lines);
            output.Append(Encoding.UTF8.GetBytes($"{lines} lost\n"), isAccess: false);
        };

        output.Append("first\n"u8, isAccess: false);
        reader.Next();
        var room = (LogOutput.Most - LogOutput.MostReserved) / line.Length;
        for (var i = 0; i < room + 50; i++)
            output.Append(line, isAccess: true);
        output.Append("a warning\n"u8, isAccess: false);
        Assert.Equal(50, output.Lost);
        for (var i = 0; i < LogOutput.Most / line.Length; i++)
            output.Append(line, isAccess: false);
        var lost = output.Lost;
        Assert.InRange(lost, LogOutput.Most / line.Length / 2, LogOutput.Most / line.Length);
        reader.LetAll();
        output.Dispose();

        var text = reader.Text;
        Assert.InRange(text.Length, LogOutput.Most - 2000, LogOutput.Most + 2000);
        Assert.Contains("\na warning\n", text, StringComparison.Ordinal);
        Assert.EndsWith($"\n{lost} lost\n", text, StringComparison.Ordinal);
        Assert.Equal([lost], told);
    }

    [Fact]
    public void What_cannot_be_written_is_lost_and_told_when_something_can()
    {
        using var disk = new FullDisk();
        using (var output = new LogOutput(disk, Patience))
        {
            output.Recovered = lines => output.Append(Encoding.UTF8.GetBytes($"{lines} lost\n"), isAccess: false);
            output.Append("first\n"u8, isAccess: true);
            SpinWait.SpinUntil(() => output.Lost == 1, Patience);
            disk.IsFull = false;
            output.Append("second\n"u8, isAccess: true);
        }

        Assert.Equal("second\n1 lost\n", disk.Text);
    }

    [Fact]
    public void The_end_does_not_wait_for_ever_for_somebody_to_read()
    {
        using var reader = new HaltingStream();
        var output = new LogOutput(reader, TimeSpan.FromMilliseconds(50));
        output.Append("first\n"u8, isAccess: false);
        reader.Next();

        output.Dispose();

        reader.LetAll();
    }

    [Fact]
    public void Events_are_lines_in_the_order_in_which_they_come()
    {
        using var written = new MemoryStream();
        using (var output = new LogOutput(written, Patience))
        using (var log = new LoggerConfiguration().WriteTo.Sink(new LineSink(new MessageTemplateTextFormatter("{Message:l}{NewLine}"), output)).CreateLogger())
        {
            log.Information("Straße {Number}", 1);
            output.Append("2\n"u8, isAccess: true);
            log.Information("3");
        }

        Assert.Equal("Straße 1\n2\n3\n", Encoding.UTF8.GetString(written.ToArray()));
    }

    // Each write waits until the test lets it go on.
    private sealed class HaltingStream : MemoryStream
    {
        private readonly System.Collections.Concurrent.BlockingCollection<string> writes = [];
        private readonly SemaphoreSlim released = new(0);

        public string Text => Encoding.UTF8.GetString(ToArray());

        public string Next() => writes.TryTake(out var text, Patience) ? text : throw new TimeoutException("Nothing was written");

        public void Release() => released.Release();

        public void LetAll() => released.Release(1_000_000);

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            writes.Add(Encoding.UTF8.GetString(buffer));
            released.Wait(Patience);
            base.Write(buffer);
        }
    }

    private sealed class FullDisk : MemoryStream
    {
        private volatile bool isFull = true;

        public bool IsFull
        {
            get => isFull;
            set => isFull = value;
        }

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (isFull)
                throw new IOException("No space left on device");
            base.Write(buffer);
        }
    }
}
