using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the gateway sees itself as others do, or the router hides that from it.</summary>
internal sealed class OutsideViewCheck() : Check("outside-view", "Seen from outside", Piece.Federation | Piece.Ports | Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Own?.Hidden() is not { IsEmpty: false } hidden)
            return facts.Own is null ? Skip("a stranger's server is always seen from outside") : Ok("by the very addresses that others use");

        return Skip(
            $"no port of {string.Join(", ", hidden)} answers from here, so that the gateway's own listeners were looked at instead: either the router does not lead connections from inside back in (hairpin NAT), or nothing gets in at all. Look from another network: matrixedge doctor {facts.Name}");
    }
}
