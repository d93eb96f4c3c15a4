using System.Text;
using MatrixEdge.Dns;
using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What is wrong with certificates and TLS.</summary>
internal static class BrokenCertificates
{
    public static IEnumerable<BrokenSetup> All { get; } =
    [
        On8448("The certificate on 8448 is a copy that was not renewed, while that on 443 was", "certificate", "was not renewed with the one on port 443", Stale),
        On8448("Only the certificate alone is sent, without its chain", "certificate", "fullchain.pem", world => world.Certificate with { Chain = [] }),
        On8448("The chain is that of another authority", "certificate", "fullchain.pem", world => world.Certificate with { Chain = new TestAuthority(name: "Other").Intermediates }),
        On8448("The certificate is not valid yet", "certificate", "clock", world => world.Authority.IssueAt(DateTimeOffset.UtcNow.AddDays(2), DateTimeOffset.UtcNow.AddDays(80), "matrix.example.org")),
        On8448("The certificate signed itself", "certificate", "signed itself", _ => new TestAuthority.Issued(new TestAuthority(0, name: "Snake Oil").Root, [])),
        On8448("The certificate comes from a testing authority", "certificate", "staging", _ => new TestAuthority(name: "Staging").Issue("matrix.example.org")),
        On8448("The certificate comes straight from the root of a private authority", "certificate", "\"Private Root\", is not sent", _ => new TestAuthority(0, name: "Private").Issue("matrix.example.org")),
        On8448("The certificate is for another host", "certificate-names", "is for www.example.net, and", world => world.Authority.Issue("www.example.net")),
        On8448("The certificate is for the server name, and the document leads to another host", "certificate-names", "other servers expect matrix.example.org", world => world.Authority.Issue("example.org")),
        new("The certificate for the target of the SRV record is not for the server name", "certificate-names", Fail, "SRV record", world => world.At(8448, place => place.Certificate = world.Authority.Issue("matrix.example.org"))) { Shape = Shape.Service },
        new("A wildcard stands in for the name itself", "certificate-names", Fail, "one level below", world => world.At(8448, place => place.Certificate = world.Authority.Issue("*.example.org"))) { Shape = Shape.Bare },
        new("A wildcard stands in for a name two levels below", "certificate-names", Fail, "one level below", world =>
        {
            world.Homeserver.Delegated = "eu.matrix.example.org:8448";
            world.Zone.Address("eu.matrix.example.org", World.V4);
            world.At(8448, place => place.Certificate = world.Authority.Issue("*.example.org"));
        }),
        new("There is no document, and the certificate is for the homeserver's host alone", "certificate-names", Fail, "No document", world =>
        {
            world.Homeserver.Delegated = null;
            world.At(8448, place => place.Certificate = world.Authority.Issue("matrix.example.org"));
        }),
        new("The server name is an address, and the certificate is for a name", "certificate-names", Fail, "8.20.1.1", world => world.At(8448, place => place.Certificate = world.Authority.Issue("example.org"))) { Shape = Shape.Address },
        new("Whoever connects to an address and names none gets the certificate of another host", "certificate-names", Fail, "www.example.net", world => world.At(8448, place => place.ByName[""] = world.Authority.Issue("www.example.net"))) { Shape = Shape.Address },
        new("The web site has no certificate for the server name", "server-document", Fail, "no certificate for this name", world => world.At(443, place => place.Certificate = world.Authority.Issue("matrix.example.org"))),
        new("Every certificate has expired", "server-document", Fail, "expired", world => world.At(null, place => place.Certificate = Stale(world))),
        new("Nothing is sent with any certificate", "server-document", Fail, "fullchain.pem", world => world.At(null, place => place.Certificate = world.Certificate with { Chain = [] })),
        new("A forgotten copy on 8448 has expired, where nobody is sent any more", "certificate-agreement", Warn, "expired", world => world.At(8448, place => place.Certificate = Stale(world))),
        new("The IPv6 address has an old certificate", "certificate", Fail, "expired", world => world.At(8448, place => place.Certificate = Stale(world), World.V6)) { HasV6 = true, Shape = Shape.Document8448 },
        new("The certificate is about to expire", "certificate-expiry", Warn, "renew", world =>
        {
            var late = world.Authority.IssueAt(DateTimeOffset.UtcNow.AddDays(-86), DateTimeOffset.UtcNow.AddDays(4), "example.org", "matrix.example.org");
            world.At(null, place => place.Certificate = late);
        }),
        new("Plain HTTP is spoken on 8448", "reachable", Fail, "TLS", world => world.At(8448, place => place.Certificate = null)) { Shape = Shape.Document8448 },
        new("The program on 8448 has no certificate for the name", "reachable", Fail, "TLS", world => world.At(8448, place => place.ByName["matrix.example.org"] = null)) { Shape = Shape.Document8448 },
        new("The program on 8448 speaks TLS 1.1 and older only", "reachable", Fail, "TLS", world => world.At(8448, place => place.Raw = RefuseVersionAsync)) { Shape = Shape.Document8448 },
        new("Something else than a web server listens on 8448", "reachable", Fail, "TLS", world => world.At(8448, place => place.Raw = GreetAsync)) { Shape = Shape.Document8448 },
        new("Connections to 8448 are closed at once", "reachable", Fail, "TLS", world => world.At(8448, place => place.Raw = (_, _) => Task.CompletedTask)) { Shape = Shape.Document8448 },
        new("The machine behind the A record alone shows another host's certificate", "certificate-names", Fail, "www.example.net", world => world.At(8448, place => place.Certificate = world.Authority.Issue("www.example.net"), World.V4)) { HasV6 = true, Shape = Shape.Document8448 },
    ];

    private static BrokenSetup On8448(string name, string first, string word, Func<World, TestAuthority.Issued> certificate) =>
        new(name, first, Fail, word, world => Show(world, certificate(world))) { Shape = Shape.Document8448 };

    private static void Show(World world, TestAuthority.Issued certificate) => world.At(8448, place => place.Certificate = certificate);

    private static TestAuthority.Issued Stale(World world) =>
        world.Authority.IssueAt(DateTimeOffset.UtcNow.AddDays(-93), DateTimeOffset.UtcNow.AddDays(-3), "example.org", "matrix.example.org");

    // What such a server says to a ClientHello of today: a fatal alert, protocol_version (RFC 8446 §6.2).
    private static async Task RefuseVersionAsync(Stream stream, CancellationToken stop)
    {
        var hello = new byte[4096];
        _ = await stream.ReadAsync(hello, stop);
        await stream.WriteAsync((byte[])[21, 3, 1, 0, 2, 2, 70], stop);
        _ = await stream.ReadAsync(hello, stop);
    }

    private static async Task GreetAsync(Stream stream, CancellationToken stop)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes("SSH-2.0-OpenSSH_9.9\r\n"), stop);
        var rest = new byte[4096];
        while (await stream.ReadAsync(rest, stop) > 0)
        {
        }
    }
}
