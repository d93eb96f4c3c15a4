using System.Collections.Immutable;
using System.Net;

namespace MatrixEdge.Dns;

/// <summary>Whom this system asks about names (resolv.conf(5)).</summary>
internal static class SystemResolvers
{
    // resolv.conf(5): MAXNS.
    private const int Most = 3;

    /// <summary>The servers in <c>/etc/resolv.conf</c>; without any, the one on this host, as the system's own resolver does it.</summary>
    public static ImmutableArray<IPEndPoint> Read()
    {
        try
        {
            return Parse(File.ReadAllText("/etc/resolv.conf"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Parse("");
        }
    }

    public static ImmutableArray<IPEndPoint> Parse(string text)
    {
        var servers = ImmutableArray.CreateBuilder<IPEndPoint>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["nameserver", var address, ..] && servers.Count < Most && IPAddress.TryParse(address, out var ip))
                servers.Add(new IPEndPoint(ip, DnsAddress.Port));
        }

        return servers.Count > 0 ? servers.ToImmutable() : [new IPEndPoint(IPAddress.Loopback, DnsAddress.Port)];
    }
}
