using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether what does not exist is refused in the form that servers and clients go by (Matrix server-server §Unsupported endpoints).</summary>
internal sealed class ErrorsCheck() : Check("errors", "Errors are Matrix errors", Piece.Federation | Piece.ClientApi)
{
    public override Finding Examine(Facts facts)
    {
        var looks = facts.Federation.Looks.SelectMany(look => new[] { look.Unknown, look.WrongMethod }).Append(facts.ClientApi.Unknown)
            .OfType<HttpLook>().Where(look => look.IsAnswered).ToList();
        if (looks.Count == 0)
            return Skip("nothing could be asked");

        var evidence = looks.Select(look => look.Words);
        return looks.FirstOrDefault(look => look.Status is not (404 or 405) || MatrixErrors.Read(look) is null) is { } bad
            ? Warn(
                $"{bad.Request.Method} {bad.Request.Target} is answered with {bad.Status}{(MatrixErrors.Read(bad) is { } code ? $" {code}" : " and no Matrix error")}, where 404 or 405 M_UNRECOGNIZED belongs: others cannot tell a feature that is missing from a server that is broken",
                "The front answers in the homeserver's place for what it does not pass on",
                "Pass all of /_matrix/ on; what must be refused, refuse as JSON: {\"errcode\":\"M_UNRECOGNIZED\",\"error\":\"…\"}",
                evidence)
            : Ok("what does not exist is refused as the specification wants it", evidence);
    }
}
