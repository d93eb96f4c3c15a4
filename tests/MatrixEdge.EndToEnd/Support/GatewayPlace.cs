using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>Where a gateway is found, and by whose certificates it is believed.</summary>
internal sealed record GatewayPlace
{
    /// <summary>The host in the names of its users; other servers connect to it.</summary>
    public string ServerHost { get; init; } = "localhost";

    /// <summary>The host that clients use.</summary>
    public string PublicHost { get; init; } = "localhost";

    /// <summary>The one address on which it listens, and to which its hosts lead; null: wherever the system says that <c>localhost</c> is.</summary>
    public IPAddress? Address { get; init; }

    public int HttpPort { get; init; } = FreePorts.Take();

    public int HttpsPort { get; init; } = FreePorts.Take();

    public int FederationPort { get; init; } = FreePorts.Take();

    /// <summary>Its names are written without ports: those who use them have the usual ports lead to its own.</summary>
    public bool AtUsualPorts { get; init; }

    /// <summary>What its configuration says of the certificate.</summary>
    public required object Certificate { get; init; }

    /// <summary>What its configuration says of calls; null: nothing.</summary>
    public object? Calls { get; init; }

    /// <summary>What clients and other servers trust, and nothing else.</summary>
    public required X509Certificate2 Root { get; init; }

    /// <summary>With the port, if it has one, other servers ask neither DNS nor the well-known document.</summary>
    public string ServerName => AtUsualPorts ? ServerHost : $"{ServerHost}:{FederationPort}";

    /// <summary>The host that clients use, as they are told.</summary>
    public string PublicAuthority => AtUsualPorts ? PublicHost : PublicBase.Authority;

    /// <summary>Where clients of this program find it.</summary>
    public Uri PublicBase => new($"https://{PublicHost}:{HttpsPort}/");

    /// <summary>The address and the port on which it listens.</summary>
    public string Listen(int port) => Address is null ? $"localhost:{port}" : new IPEndPoint(Address, port).ToString();
}
