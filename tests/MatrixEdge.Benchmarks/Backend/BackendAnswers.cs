using System.Text;

namespace MatrixEdge.Benchmarks.Backend;

/// <summary>What the homeserver's stand-in is asked and what it says.</summary>
internal static class BackendAnswers
{
    public const string SmallPath = "/_matrix/client/v3/account/whoami";
    public const string DownloadPath = "/_matrix/client/v1/media/download/localhost/benchmark";
    public const string UploadPath = "/_matrix/media/v3/upload";

    /// <summary>Held until <see cref="ReleasePath"/> is asked.</summary>
    public const string PollPath = "/_matrix/client/v3/sync";

    /// <summary>How many are held, as a number; asked at the stand-in itself.</summary>
    public const string HeldPath = "/held";

    /// <summary>Answers all that are held; asked at the stand-in itself.</summary>
    public const string ReleasePath = "/release";

    /// <summary>100 MB; a megabyte has a million bytes here.</summary>
    public const long TransferSize = 100_000_000;

    public const string Small = """{"user_id":"@alice:localhost","device_id":"GHTYAJCE","is_guest":false}""";

    /// <summary>The small answers by path: what a client asks, and what the gateway asks on its own account.</summary>
    public static readonly IReadOnlyDictionary<string, byte[]> Json = new Dictionary<string, string>
    {
        [SmallPath] = Small,
        ["/_matrix/client/versions"] = """{"versions":["v1.11","v1.12"]}""",
        ["/_matrix/federation/v1/version"] = """{"server":{"name":"stand-in","version":"1"}}""",
        ["/_matrix/client/v1/media/config"] = """{"m.upload.size":200000000}""",
    }.ToDictionary(pair => pair.Key, pair => Encoding.UTF8.GetBytes(pair.Value));
}
