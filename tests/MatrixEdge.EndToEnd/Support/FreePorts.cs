using System.Net;
using System.Net.Sockets;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// Ports that nobody listens on. They are taken below the range from which the system serves outgoing connections, so that
/// none of those occupies one before, or between two runs of, the program that it is meant for.
/// </summary>
internal static class FreePorts
{
    private const int Lowest = 15000;
    private static readonly HashSet<int> Given = [];

    public static int Take()
    {
        lock (Given)
        {
            while (true)
            {
                var port = Random.Shared.Next(Lowest, LowestOutgoing());
                if (!Given.Contains(port) && IsFree(IPAddress.Loopback, port) && IsFree(IPAddress.IPv6Loopback, port))
                {
                    Given.Add(port);
                    return port;
                }
            }
        }
    }

    private static int LowestOutgoing()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        return File.Exists(Range) && int.TryParse(File.ReadAllText(Range).Split('\t', ' ')[0], out var lowest) && lowest > Lowest + 1000
            ? lowest
            : ushort.MaxValue;
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
        catch (SocketException) when (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            return true; // No IPv6 here: nobody listens on it either.
        }
    }
}
