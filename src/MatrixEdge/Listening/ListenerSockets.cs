using System.Net;
using System.Net.Sockets;
using MatrixEdge.Configuration;

namespace MatrixEdge.Listening;

/// <summary>
/// Has all ports before anything else starts, so that one that cannot be had is told by its configuration key and with a
/// remedy, and nothing has to be undone.
/// </summary>
internal sealed class ListenerSockets(ListenSettings settings)
{
    // Many clients reconnect at once after a restart; the kernel caps this at net.core.somaxconn.
    public const int Backlog = 4096;

    // Several to an endpoint when the system chooses the ports.
    private readonly List<(EndPoint EndPoint, Socket Socket)> bound = [];

    /// <summary>Binds all sockets, or none.</summary>
    /// <exception cref="ListenerUnavailableException">One of them cannot be had.</exception>
    public void BindAll()
    {
        try
        {
            foreach (var listener in settings.All)
            {
                foreach (var endPoint in listener.EndPoints)
                {
                    // "localhost" is what there is of it: with IPv6 switched off, ::1 is nobody's address.
                    if (endPoint == listener.EndPoints[0] || CanBind(endPoint))
                        bound.Add((endPoint, Bind(endPoint)));
                }
            }
        }
        catch
        {
            foreach (var (_, socket) in bound)
                socket.Dispose();
            throw;
        }
    }

    /// <summary>Whether a socket is at hand for the endpoint.</summary>
    public bool Has(EndPoint endPoint) => bound.Exists(candidate => candidate.EndPoint.Equals(endPoint));

    /// <summary>Hands out the socket that was bound for the endpoint; it is the caller's from then on.</summary>
    public Socket Take(EndPoint endPoint)
    {
        var index = bound.FindIndex(candidate => candidate.EndPoint.Equals(endPoint));
        var socket = bound[index].Socket;
        bound.RemoveAt(index);
        return socket;
    }

    private static bool CanBind(IPEndPoint endPoint)
    {
        try
        {
            using var probe = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(endPoint.Address, 0));
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported)
        {
            return false;
        }
    }

    private Socket Bind(IPEndPoint ip)
    {
        try
        {
            return Open(ip);
        }
        catch (SocketException exception) when (ip.Address.Equals(IPAddress.IPv6Any)
            && exception.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable)
        {
            // A host without IPv6: "all addresses" are the IPv4 ones.
            try
            {
                return Open(new IPEndPoint(IPAddress.Any, ip.Port));
            }
            catch (SocketException inner)
            {
                throw Unavailable(ip, inner);
            }
        }
        catch (SocketException exception)
        {
            throw Unavailable(ip, exception);
        }
    }

    private static Socket Open(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>One line for the operator: which key, which port, what to do.</summary>
    internal static string Message(ListenAddress listener, IPEndPoint endPoint, SocketException exception)
    {
        var remedy = exception.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"port {endPoint.Port} is taken by another program; `ss -ltnp 'sport = :{endPoint.Port}'` shows which. Stop it, or choose another port",
            SocketError.AccessDenied =>
                $"port {endPoint.Port} is forbidden to this user. Allow ports below 1024 with `setcap cap_net_bind_service=+ep` on the program, "
                + "AmbientCapabilities=CAP_NET_BIND_SERVICE in systemd, or sysctl net.ipv4.ip_unprivileged_port_start=0 in a container; on SELinux see `semanage port`",
            SocketError.AddressNotAvailable or SocketError.AddressFamilyNotSupported =>
                $"this host has no address {endPoint.Address}; `ip address` lists those it has",
            _ => exception.Message,
        };
        return $"{listener.Key} is \"{listener.Text}\": {remedy}";
    }

    private ListenerUnavailableException Unavailable(IPEndPoint endPoint, SocketException exception) =>
        new(Message(settings.All.First(address => address.EndPoints.Contains(endPoint)), endPoint, exception), exception);
}

/// <summary>A listener's port cannot be had; the message is for the operator, in one line.</summary>
internal sealed class ListenerUnavailableException(string message, Exception inner) : Exception(message, inner);
