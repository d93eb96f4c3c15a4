using Microsoft.AspNetCore.Http;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>A request in a <see cref="FaultProxy"/>, as its rules see it one after the other.</summary>
internal sealed class Exchange(HttpContext context, SeenRequest request, byte[] body)
{
    public SeenRequest Request => request;

    /// <summary>The body of the request as it came.</summary>
    public byte[] Body => body;

    /// <summary>What the client will be sent; empty until the certificate authority, or a rule in its place, has answered.</summary>
    public ProxiedAnswer Answer { get; set; } = new();

    /// <summary>How many bytes of the body are sent before the connection is closed; null: all, and it stays.</summary>
    public int? CutAfter { get; set; }

    /// <summary>Whether the body goes on, after its end, until the client has had enough.</summary>
    public bool IsEndless { get; set; }

    /// <summary>The client is gone.</summary>
    public CancellationToken Gone => context.RequestAborted;

    public bool IsDropped { get; private set; }

    /// <summary>Drops the connection; the client gets no answer, or no more of it.</summary>
    public void Drop()
    {
        IsDropped = true;
        context.Abort();
    }
}
