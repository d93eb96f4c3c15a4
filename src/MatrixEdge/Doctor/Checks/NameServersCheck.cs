using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

internal sealed class NameServersCheck() : Check("name-servers", "Name servers answer", Piece.Names)
{
    public override Finding Examine(Facts facts)
    {
        var name = facts.Names.Name;
        if (name.V4 is null)
            return Skip($"{name.Host} needs no name server");
        if (!name.IsSilent)
            return Ok($"{string.Join(", ", facts.Names.Resolvers.Take(1))} answers");
        return Fail(
            $"no name server answers, so that nothing can be found out about {name.Host}",
            "The name servers that were asked cannot be reached from here, or do not serve this host",
            "Check the network of this host and the name servers in /etc/resolv.conf, or name another: matrixedge doctor --resolver 9.9.9.9",
            name.V4.Failure ?? "");
    }
}
