using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

internal sealed class ServerNameCheck() : Check("server-name", "Server name", Piece.None)
{
    public override Finding Examine(Facts facts)
    {
        if (facts.Name.HasUpperCase)
        {
            return Warn(
                $"{facts.Name} has capital letters, and is another server than {facts.Name.ToString().ToLowerInvariant()} to everybody else",
                "Server names are compared letter by letter, while people write them as they like",
                "If the server is new, give it the name in small letters; the name of a server with users cannot be changed");
        }

        return facts.Name.ExceedsRecommendedLength
            ? Warn($"the name has {facts.Name.ToString().Length} characters; with more than 230, names of users and rooms may grow too long", "The name is unusually long", "If the server is new, choose a shorter one")
            : Ok($"{facts.Name} is well formed");
    }
}
