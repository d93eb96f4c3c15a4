using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>
/// What may stand in <c>/.well-known/matrix/server</c> (Matrix server-server §2.1). Servers do not complain about a value
/// that they cannot read: they go on to SRV records and port 8448.
/// </summary>
internal static class ServerDocumentCheck
{
    public static void Run(JsonPlace document)
    {
        foreach (var (name, place) in document.Members)
        {
            switch (name)
            {
                case "m.server":
                    CheckServer(place);
                    break;
                case "m.homeserver" or "m.identity_server":
                    place.Refuse("belongs to the client document, move it to WellKnown:Client");
                    break;
                default:
                    place.Note("is published, but other servers read nothing except m.server");
                    break;
            }
        }
    }

    private static void CheckServer(JsonPlace place)
    {
        if (!place.IsText("must be a text, for example \"matrix.example.com:443\"", out var text))
            return;

        if (!ServerName.TryParse(text, out _, out var problem))
            place.Refuse(problem);
    }
}
