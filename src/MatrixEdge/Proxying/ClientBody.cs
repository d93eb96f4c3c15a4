using System.Buffers;
using System.IO.Pipelines;
using MatrixEdge.Proxying.Http1;

namespace MatrixEdge.Proxying;

/// <summary>The client's side of an answer's body: counts what goes there, keeps its beginning where somebody wants to know it.</summary>
internal sealed class ClientBody(PipeWriter writer, Exchange exchange, OverheardBody? overheard)
{
    private bool isFlushed; // at first there is the head

    public PipeWriter Writer => writer;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        writer.Write(bytes);
        Note(bytes);
    }

    /// <summary>Notes what was put into the writer's own memory.</summary>
    public void Advance(ReadOnlySpan<byte> bytes)
    {
        writer.Advance(bytes.Length);
        Note(bytes);
    }

    /// <summary>Sends what there is. Waits while the client takes nothing.</summary>
    /// <exception cref="OperationCanceledException">The client takes nothing any more, or the connection that it comes from was ended.</exception>
    public async ValueTask FlushAsync(BackendConnection connection)
    {
        if (isFlushed)
            return;

        isFlushed = true;
        var result = await writer.FlushAsync(connection.Ended);
        if (result.IsCompleted || result.IsCanceled)
            throw new OperationCanceledException("the client takes nothing any more");
        connection.NoteLife();
    }

    private void Note(ReadOnlySpan<byte> bytes)
    {
        overheard?.Keep(bytes);
        exchange.Sent += bytes.Length;
        isFlushed = isFlushed && bytes.IsEmpty;
    }
}
