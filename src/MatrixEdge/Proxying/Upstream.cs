using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Proxying;

/// <summary>How requests of one site reach a program behind the gateway.</summary>
/// <param name="backend">Where they go.</param>
/// <param name="transformer">What changes on the way.</param>
/// <param name="answer">How the gateway speaks in its place when something goes wrong; null: as a Matrix error.</param>
internal sealed class Upstream(Backend backend, BackendTransformer transformer, Func<HttpContext, MatrixError, Task>? answer = null)
{
    public Backend Backend { get; } = backend;

    public BackendTransformer Transformer { get; } = transformer;

    /// <summary>Whose certificates are trusted beside those that the system trusts; null for those alone.</summary>
    public TrustedRoots? TrustedRoots { get; init; }

    public Task AnswerAsync(HttpContext context, MatrixError error) => answer is null ? error.WriteAsync(context) : answer(context, error);
}
