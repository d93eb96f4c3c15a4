using System.Globalization;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Backend;

/// <summary>The stand-in as a process of its own, so that its work is nobody else's.</summary>
internal sealed class RunningBackend : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TalkingProcess process;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });

    private RunningBackend(TalkingProcess process, int port)
    {
        this.process = process;
        Port = port;
        client.BaseAddress = new Uri($"http://127.0.0.1:{port}");
    }

    public int Port { get; }

    public static async Task<RunningBackend> StartAsync(CancellationToken stop)
    {
        var process = TalkingProcess.Start("backend");
        try
        {
            return new RunningBackend(process, (int)(await process.ReadAsync(Patience, stop))[0]);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many long polls it holds.</summary>
    public async Task<int> CountHeldAsync(CancellationToken stop) =>
        int.Parse(await client.GetStringAsync(new Uri(BackendAnswers.HeldPath, UriKind.Relative), stop), CultureInfo.InvariantCulture);

    /// <summary>Answers all that it holds.</summary>
    public Task ReleaseAsync(CancellationToken stop) => client.GetStringAsync(new Uri(BackendAnswers.ReleasePath, UriKind.Relative), stop);

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await process.DisposeAsync();
    }
}
