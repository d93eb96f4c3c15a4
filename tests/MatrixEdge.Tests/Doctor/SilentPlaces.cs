using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>Where nothing comes back. Patience is short here, and still long enough for what does answer.</summary>
internal static class SilentPlaces
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(2.5);

    public static IEnumerable<BrokenSetup> All { get; } =
    [
        new("The name servers say nothing", "name-servers", Fail, "no name server", world => (world.Zone.IsSilent, world.Patience) = (true, TimeSpan.FromSeconds(0.3))),
        Silent("A firewall drops what comes to the federation port", "reachable", "firewall", world => world.At(8448, place => place.Reach = Reach.Silent), Shape.Document8448),
        Silent("A firewall drops what comes to the federation port by IPv6", "reachable", "AAAA record", world => world.At(8448, place => place.Reach = Reach.Silent, World.V6), Shape.Document8448, hasV6: true),
        Silent("Nothing comes back from where the AAAA record leads, as if there were no IPv6", "server-document-agreement", "AAAA record", world => world.At(null, place => place.Reach = Reach.Silent, World.V6), hasV6: true),
        Silent("The homeserver takes requests and answers none", "keys", "hangs", world => world.Web.On("/_matrix/*", Reply.Never)),
        Silent("The web site takes requests for the document and answers none", "server-document", "does not answer", world => world.Web.On("/.well-known/*", Reply.Never)),
        Silent("What listens on 8448 takes connections and says nothing", "reachable", "TLS", world => world.At(8448, place => place.Raw = (_, stop) => Task.Delay(Timeout.Infinite, stop)), Shape.Document8448),
    ];

    private static BrokenSetup Silent(string name, string first, string word, Action<World> change, Shape shape = Shape.Document443, bool hasV6 = false) =>
        new(name, first, Fail, word, world =>
        {
            change(world);
            world.Patience = Short;
        }) { Shape = shape, HasV6 = hasV6 };
}
