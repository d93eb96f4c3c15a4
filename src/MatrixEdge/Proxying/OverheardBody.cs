using System.Net;

namespace MatrixEdge.Proxying;

/// <summary>
/// The beginning of an answer's body, kept while it passes by: nothing is held back, and whoever gets the answer notices nothing.
/// Complete when the answer is.
/// </summary>
internal sealed class OverheardBody : HttpContent
{
    /// <summary>How much is kept, in bytes; the errors of homeservers are some hundreds long.</summary>
    public const int Most = 2048;

    private readonly HttpContent inner;
    private readonly byte[] kept = new byte[Most];
    private int length;

    private OverheardBody(HttpContent inner, DateTimeOffset? date) => (this.inner, Date) = (inner, date);

    /// <summary>When it was written, by the clock of who wrote it; null when that is not said.</summary>
    public DateTimeOffset? Date { get; }

    public ReadOnlyMemory<byte> Kept => kept.AsMemory(0, length);

    /// <summary>Takes the place of the answer's body, whose headers must have been read before.</summary>
    public static OverheardBody Of(HttpResponseMessage response)
    {
        var body = new OverheardBody(response.Content, response.Headers.Date);
        response.Content = body;
        return body;
    }

    protected override async Task<Stream> CreateContentReadStreamAsync() => new Reading(await inner.ReadAsStreamAsync(), this);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) => new Reading(await inner.ReadAsStreamAsync(cancellationToken), this);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        await using var reading = await CreateContentReadStreamAsync();
        await reading.CopyToAsync(stream);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        var more = bytes[..Math.Min(bytes.Length, Most - length)];
        more.CopyTo(kept.AsSpan(length));
        length += more.Length;
    }

    private sealed class Reading(Stream inner, OverheardBody body) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            body.Keep(buffer.AsSpan(offset, read));
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            body.Keep(buffer.Span[..read]);
            return read;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
