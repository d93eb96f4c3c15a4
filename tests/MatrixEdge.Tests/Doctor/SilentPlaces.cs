using static MatrixEdge.Observability.FindingOutcome;

namespace MatrixEdge.Tests.Doctor;

/// <summary>Where nothing comes back.</summary>
internal static class SilentPlaces
{
    // As short as what does answer lets it be, on a machine that is busy.
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5);

    public static IEnumerable<BrokenSetup> All { get; } =
    [
        new("The name servers say nothing", "name-servers", Fail, "no name server", world => (world.Zone.IsSilent, world.Patience) = (true, TimeSpan.FromSeconds(0.3))),
        new("A firewall drops what comes to the federation port", "reachable", Fail, "firewall", world => world.At(8448, place => place.Reach = Reach.Silent)) { Shape = Shape.Document8448 },
        new("A firewall drops what comes to the federation port by IPv6", "reachable", Fail, "AAAA record", world => world.At(8448, place => place.Reach = Reach.Silent, World.V6)) { Shape = Shape.Document8448, HasV6 = true },
        new("Nothing comes back from where the AAAA record leads", "server-document-agreement", Fail, "AAAA record", world => world.At(null, place => place.Reach = Reach.Silent, World.V6)) { HasV6 = true },
        Waiting("The homeserver takes requests and answers none", "keys", "hangs", world => world.Web.On("/_matrix/*", Reply.Never)),
        Waiting("The web site takes requests for the document and answers none", "server-document", "does not answer", world => world.Web.On("/.well-known/*", Reply.Never)),
        Waiting("What listens on 8448 takes connections and says nothing", "reachable", "TLS", world => world.At(8448, place => place.Raw = (_, stop) => Task.Delay(Timeout.Infinite, stop)), Shape.Document8448),
    ];

    private static BrokenSetup Waiting(string name, string first, string word, Action<World> change, Shape shape = Shape.Document443)
    {
        void Break(World world)
        {
            change(world);
            world.Patience = Short;
        }

        return new BrokenSetup(name, first, Fail, word, Break) { Shape = shape };
    }
}
