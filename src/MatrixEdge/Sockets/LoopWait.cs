using System.Threading.Tasks.Sources;

namespace MatrixEdge.Sockets;

/// <summary>Somebody who waits for a socket; used again and again, for one at a time.</summary>
internal sealed class LoopWait : IValueTaskSource<int>, IValueTaskSource, IThreadPoolWorkItem
{
    private ManualResetValueTaskSourceCore<int> core;
    private Exception? fault;
    private int result;

    public short Begin()
    {
        core.Reset();
        return core.Version;
    }

    /// <summary>What the wait will end with.</summary>
    public void Set(int outcome) => (result, fault) = (outcome, null);

    /// <inheritdoc cref="Set(int)" />
    public void Set(Exception outcome) => fault = outcome;

    /// <summary>Ends the wait; who waited goes on right here. Never within a lock.</summary>
    public void Execute()
    {
        if (fault is { } exception)
            core.SetException(exception);
        else
            core.SetResult(result);
    }

    public int GetResult(short token) => core.GetResult(token);

    void IValueTaskSource.GetResult(short token) => core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
