using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>
/// What is served when nothing is configured: <c>localhost</c> on ports that need no privilege, on loopback only, with a
/// certificate of the local authority, in front of a homeserver on its usual port.
/// </summary>
internal static class LocalMode
{
    public static JsonObject Document() => ConfigurationDocument.Parse("""
        {
          "MatrixEdge": {
            "Listen": { "Http": "localhost:8080", "Https": "localhost:8443", "Federation": "localhost:8448", "Admin": "127.0.0.1:9090" },
            "Certificate": { "Source": "Local" },
            "Sites": [
              { "ServerName": "localhost", "Homeserver": { "Address": "http://127.0.0.1:8008" } }
            ]
          }
        }
        """);
}
