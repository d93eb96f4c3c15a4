namespace MatrixEdge.Benchmarks.Peers;

/// <summary>The well-known documents that every peer must serve.</summary>
internal static class WellKnown
{
    public const string ServerPath = "/.well-known/matrix/server";
    public const string ClientPath = "/.well-known/matrix/client";
    public const string Server = """{"m.server":"localhost:8448"}""";
    public const string Client = """{"m.homeserver":{"base_url":"https://localhost"}}""";
}
