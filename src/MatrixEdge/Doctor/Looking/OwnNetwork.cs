using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace MatrixEdge.Doctor.Looking;

/// <summary>
/// How the gateway reaches itself. Many routers do not lead connections from inside to their own public address back in
/// (hairpin NAT): then none of the gateway's ports answers there, and its own listeners are looked at instead, which is told.
/// </summary>
/// <param name="listeners">The gateway's own, by the public port that each stands for.</param>
internal sealed class OwnNetwork(ImmutableDictionary<int, IPEndPoint> listeners) : INetwork
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly DirectNetwork direct = new();
    private readonly ConcurrentDictionary<IPAddress, Lazy<Task<bool>>> hidden = new();

    /// <summary>The addresses that could not be seen from here.</summary>
    public ImmutableArray<IPAddress> Hidden => [.. hidden.Where(entry => entry.Value is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: true } }).Select(entry => entry.Key).OrderBy(address => address.ToString(), StringComparer.Ordinal)];

    public async Task<Socket> ConnectAsync(IPEndPoint endPoint, CancellationToken stop)
    {
        var isOwn = listeners.TryGetValue(endPoint.Port, out var listener) && endPoint.Address.Scope() == AddressScope.Public;
        return isOwn && await hidden.GetOrAdd(endPoint.Address, address => new Lazy<Task<bool>>(() => IsHiddenAsync(address))).Value.WaitAsync(stop)
            ? await direct.ConnectAsync(listener!, stop)
            : await direct.ConnectAsync(endPoint, stop);
    }

    // An address of this very host is reached without a router. Where one port answers, the others can be judged by themselves.
    private async Task<bool> IsHiddenAsync(IPAddress address)
    {
        if (NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Any(own => own.Address.Equals(address)))
            return false;

        var answers = await Task.WhenAll(listeners.Keys.Select(async port =>
        {
            using var patience = new CancellationTokenSource(Patience);
            try
            {
                (await direct.ConnectAsync(new IPEndPoint(address, port), patience.Token)).Dispose();
                return true;
            }
            catch (Exception exception) when (exception is SocketException or OperationCanceledException)
            {
                return false;
            }
        }));
        return !answers.Any(answer => answer);
    }
}
