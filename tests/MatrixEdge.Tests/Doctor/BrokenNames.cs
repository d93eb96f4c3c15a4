using System.Net;
using MatrixEdge.Dns;
using MatrixEdge.EndToEnd.Support;
using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>What is wrong in DNS.</summary>
internal static class BrokenNames
{
    public static IEnumerable<BrokenSetup> All { get; } =
    [
        new("The server name is not in DNS", "addresses", Fail, "NXDOMAIN", world => world.Zone.Remove("example.org").Remove("matrix.example.org")),
        new("The server name has neither an A nor an AAAA record", "addresses", Fail, "neither an A nor an AAAA", world => world.Zone.Remove("example.org")),
        new("The host in the document is not in DNS", "addresses", Fail, "matrix.example.org", world => world.Zone.Remove("matrix.example.org")),
        new("The target of the SRV record is not in DNS", "addresses", Fail, "matrix.example.org", world => world.Zone.Remove("matrix.example.org")) { Shape = Shape.Service },
        new("The zone's name servers fail", "addresses", Fail, "SERVFAIL", world => world.Zone.Fail("example.org", DnsCode.ServerFailure)) { Shape = Shape.Bare },
        new("The name servers refuse to answer", "addresses", Fail, "REFUSED", world => world.Zone.Fail("example.org", DnsCode.Refused)) { Shape = Shape.Bare },
        new("No name server listens", "name-servers", Fail, "no name server", world => world.Resolvers[0] = new IPEndPoint(IPAddress.Loopback, FreePorts.Take())),
        new("Aliases lead in a circle", "addresses", Fail, "circle", world => world.Zone.Remove("matrix.example.org").Alias("matrix.example.org", "www.example.org").Alias("www.example.org", "matrix.example.org")),
        new("An address of the inner network stands in public DNS beside the right one", "private-address", Fail, "10.0.0.5", world => world.Zone.Address("matrix.example.org", "10.0.0.5")),
        new("The only address is one of the inner network", "private-address", Warn, "192.168.7.7", world =>
        {
            world.Zone.Remove("example.org").Remove("matrix.example.org").Address("example.org", "192.168.7.7").Address("matrix.example.org", "192.168.7.7");
            world.Add("192.168.7.7", 443);
            world.Add("192.168.7.7", 8448);
        }),
        new("An address was copied from documentation", "private-address", Fail, "2001:db8::1", world => world.Zone.Remove("example.org", DnsType.AAAA).Address("example.org", "2001:db8::1")) { Shape = Shape.Bare },
        new("Only the deprecated SRV record is there", "delegation", Warn, "old SRV", world => world.Zone.Remove("_matrix-fed._tcp.example.org").Service("_matrix._tcp.example.org", "matrix.example.org", 8448)) { Shape = Shape.Service },
        new("The SRV record leads to an alias", "delegation", Warn, "CNAME", world =>
            world.Zone.Remove("_matrix-fed._tcp.example.org").Alias("fed.example.org", "matrix.example.org").Service("_matrix-fed._tcp.example.org", "fed.example.org", 8448)) { Shape = Shape.Service },
        new("The SRV record says that there is no such service", "delegation", Fail, "single dot", world =>
            world.Zone.Remove("_matrix-fed._tcp.example.org").Service("_matrix-fed._tcp.example.org", ".", 8448)) { Shape = Shape.Service },
        new("The SRV record leads to a machine that was given up", "reachable", Fail, "SRV record is left over", world =>
        {
            world.Zone.Remove("_matrix-fed._tcp.example.org").Service("_matrix-fed._tcp.example.org", "old.example.org", 8448).Address("old.example.org", "8.20.9.9");
            world.Add("8.20.9.9", 8448).Reach = Reach.Closed;
        }) { Shape = Shape.Service },
        new("The SRV record leads elsewhere than the document", "delegation", Warn, "left over", world =>
            world.Zone.Service("_matrix-fed._tcp.example.org", "old.example.org", 8448).Address("old.example.org", "8.20.9.9")),
        new("The deprecated SRV record of long ago leads elsewhere than the document", "delegation", Warn, "old.example.org:8448", world =>
            world.Zone.Service("_matrix._tcp.example.org", "old.example.org", 8448).Address("old.example.org", "8.20.9.9")),
        new("The zone's name servers fail for SRV records alone", "delegation", Warn, "SERVFAIL", world => world.Zone.Fail("_matrix-fed._tcp.example.org", DnsCode.ServerFailure)) { Shape = Shape.Bare },
        new("The AAAA record leads nowhere", "server-document-agreement", Fail, "AAAA record", world => world.At(null, place => place.Reach = Reach.Nowhere, World.V6)) { HasV6 = true },
        new("The AAAA record leads nowhere, and there is no document", "reachable", Fail, "AAAA record", world => world.At(null, place => place.Reach = Reach.Nowhere, World.V6)) { HasV6 = true, Shape = Shape.Bare },
        new("The AAAA record of the homeserver's host alone leads nowhere", "reachable", Fail, "AAAA record", world => world.Zone.Remove("matrix.example.org", DnsType.AAAA).Address("matrix.example.org", "2a01:4f8:20:1::dead")) { HasV6 = true },
        new("The A record leads nowhere, and IPv6 works", "reachable", Fail, "A record", world => world.Zone.Remove("matrix.example.org", DnsType.A).Address("matrix.example.org", "8.20.66.6")) { HasV6 = true },
        new("Nobody listens on IPv6", "server-document-agreement", Fail, "AAAA record", world => world.At(null, place => place.Reach = Reach.Closed, World.V6)) { HasV6 = true },
        new("The server name has capital letters", "server-name", Warn, "capital", world => world.Name = world.Homeserver.Name = "Example.org"),
    ];
}
