using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether something in front refuses what the homeserver would take: announced is a body of usual size, and none is sent.</summary>
internal sealed class UploadsCheck() : Check("uploads", "Bodies of usual size are taken", Piece.ClientApi | Piece.Federation)
{
    public override Finding Examine(Facts facts)
    {
        var looks = new[] { facts.ClientApi.LargeUpload }.Concat(facts.Federation.Looks.Select(look => look.LargeBody)).OfType<HttpLook>().Where(look => look.IsAnswered || look.WouldTakeBody).ToList();
        if (looks.Count == 0)
            return Skip("nothing could be asked");

        var evidence = looks.Select(look => $"{look.Request.Method} {look.Request.Target} with {look.Request.AnnouncedLength / 1024 / 1024} MiB: {(look.WouldTakeBody ? "would be taken" : $"{look.Status} {MatrixErrors.Read(look)}".TrimEnd())}");
        if (looks.FirstOrDefault(look => look.Status == 413) is not { } refused)
            return Ok("what clients and servers usually send is let through", evidence);

        var what = refused.Request.Method == HttpMethod.Put ? "a transaction of another server" : "a picture";
        return MatrixErrors.Read(refused) is null
            ? Fail(
                $"{what} of {refused.Request.AnnouncedLength / 1024 / 1024} MiB is refused by the front (413): clients see a broken connection",
                "The front has a limit of its own (nginx: client_max_body_size, 1 MiB unless it is set)",
                "Set the front's limit above the homeserver's own (max_upload_size), 100 MB at least",
                evidence)
            : Warn(
                $"{what} of {refused.Request.AnnouncedLength / 1024 / 1024} MiB is refused (413)",
                "The homeserver's limit is set very low",
                "Raise it (Synapse: max_upload_size), if that is not meant",
                evidence);
    }
}
