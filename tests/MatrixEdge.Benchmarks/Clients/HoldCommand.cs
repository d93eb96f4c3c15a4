using System.Net.Security;

namespace MatrixEdge.Benchmarks.Clients;

/// <summary>
/// Opens connections, sends one request over each, and keeps them until its standard input ends. Says how many are open when
/// all are, and how many were answered with 200 when all were answered.
/// </summary>
internal static class HoldCommand
{
    public const string Name = "hold";

    private const int AtOnce = 32;

    public static async Task<int> RunAsync(int port, string path, int count, CancellationToken stop)
    {
        var connections = new SslStream[count];
        try
        {
            await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (i, token) =>
            {
                connections[i] = await TlsClient.ConnectAsync(port, "localhost", token);
                await connections[i].WriteAsync(TlsClient.Request($"localhost:{port}", path), token);
            });
            Console.WriteLine(count);

            var answers = await Task.WhenAll(connections.Select(tls => new AnswerReader().ReadAsync(tls, stop).AsTask()));
            if (answers.FirstOrDefault(answer => answer.Status != 200) is { Status: not 0 } wrong)
                throw new IOException($"an answer was {wrong.Status}");
            Console.WriteLine(answers.Length);

            await Task.WhenAny(Task.Run(Console.In.ReadToEnd, CancellationToken.None), Task.Delay(Timeout.Infinite, stop));
            return 0;
        }
        catch (Exception exception) when (TlsClient.IsLost(exception))
        {
            await Console.Error.WriteLineAsync($"{Name}: {exception.Message}");
            return 1;
        }
        finally
        {
            GC.KeepAlive(connections);
        }
    }
}
