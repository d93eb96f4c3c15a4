using System.Runtime.InteropServices;

namespace MatrixEdge.Sockets;

/// <summary>The system calls of event loops and of sockets that never wait (<c>man 7 epoll</c>, <c>man 7 socket</c>), as Linux has them.</summary>
internal static unsafe partial class Posix
{
    public const uint In = 0x001, Out = 0x004, Error = 0x008, HangUp = 0x010, PeerHangUp = 0x2000, Exclusive = 1u << 28, EdgeTriggered = 1u << 31; // EPOLL…
    public const int Add = 1, Delete = 2; // EPOLL_CTL_…
    public const int CloseOnExec = 0x80000, NonBlocking = 0x800; // SOCK_CLOEXEC, SOCK_NONBLOCK and their kin
    public const int Family4 = 2, Family6 = 10; // AF_INET, AF_INET6
    public const int Stream = 1; // SOCK_STREAM
    public const int NoSignal = 0x4000; // MSG_NOSIGNAL
    public const int ShutBoth = 2; // SHUT_RDWR
    public const int SocketLevel = 1, SocketError = 4, Linger = 13; // SOL_SOCKET, SO_ERROR, SO_LINGER
    public const int TcpLevel = 6, NoDelay = 1; // IPPROTO_TCP, TCP_NODELAY
    public const int Interrupted = 4, WouldBlock = 11, InProgress = 115; // errno

    /// <summary>The bytes of an <c>epoll_event</c>: packed where it is on a 64-bit x86 only.</summary>
    public static readonly int EventSize = IsPacked ? 12 : 16;

    /// <summary>Where the user's data begin in it.</summary>
    public static readonly int DataOffset = IsPacked ? 4 : 8;

    private const string Library = "libc";

    private static bool IsPacked => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_ctl(int epoll, int operation, int descriptor, byte* change);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int epoll_wait(int epoll, byte* events, int most, int milliseconds);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int eventfd(uint initial, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint write(int descriptor, void* bytes, nint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int getrlimit(int resource, ulong* limits);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int socket(int family, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int connect(int descriptor, byte* address, int length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int accept4(int descriptor, byte* address, int* length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint recv(int descriptor, byte* bytes, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint send(int descriptor, byte* bytes, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int shutdown(int descriptor, int how);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getsockname(int descriptor, byte* address, int* length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int getsockopt(int descriptor, int level, int name, void* value, int* length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int setsockopt(int descriptor, int level, int name, void* value, int length);

    /// <summary>How many descriptors this process may have (RLIMIT_NOFILE); .NET has raised that as far as it may.</summary>
    public static int MostDescriptors()
    {
        const int OpenFiles = 7;
        var limits = stackalloc ulong[2];
        return getrlimit(OpenFiles, limits) == 0 ? (int)Math.Min(limits[0], int.MaxValue) : int.MaxValue;
    }

    /// <summary>Changes what an epoll tells of a descriptor.</summary>
    /// <returns>0, or the error's number.</returns>
    public static int Watch(int epoll, int operation, int descriptor, uint events, ulong data)
    {
        var change = stackalloc byte[16];
        *(uint*)change = events;
        *(ulong*)(change + DataOffset) = data;
        return epoll_ctl(epoll, operation, descriptor, change) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }
}
