using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace MatrixEdge.Sockets;

/// <summary>What a system call's error is called in .NET.</summary>
internal static class SocketFault
{
    /// <summary>With its code and in its words.</summary>
    public static SocketException Of(int error) => new((int)(error switch
    {
        1 or 13 => SocketError.AccessDenied, // EPERM, EACCES
        24 => SocketError.TooManyOpenSockets, // EMFILE
        23 or 12 or 105 => SocketError.NoBufferSpaceAvailable, // ENFILE, ENOMEM, ENOBUFS
        32 => SocketError.Shutdown, // EPIPE
        97 => SocketError.AddressFamilyNotSupported, // EAFNOSUPPORT
        99 => SocketError.AddressNotAvailable, // EADDRNOTAVAIL
        100 => SocketError.NetworkDown, // ENETDOWN
        101 => SocketError.NetworkUnreachable, // ENETUNREACH
        103 => SocketError.ConnectionAborted, // ECONNABORTED
        104 => SocketError.ConnectionReset, // ECONNRESET
        110 => SocketError.TimedOut, // ETIMEDOUT
        111 => SocketError.ConnectionRefused, // ECONNREFUSED
        112 => SocketError.HostDown, // EHOSTDOWN
        113 => SocketError.HostUnreachable, // EHOSTUNREACH
        _ => SocketError.SocketError,
    }));

    /// <summary>Of a connection that was there: what HTTP's side knows of.</summary>
    public static ConnectionResetException Broken(int error)
    {
        var inner = Of(error);
        return new ConnectionResetException(inner.Message, inner);
    }
}
