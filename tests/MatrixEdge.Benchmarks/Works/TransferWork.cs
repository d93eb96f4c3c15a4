using System.Diagnostics;
using System.Globalization;
using MatrixEdge.Benchmarks.Backend;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Works;

/// <summary>A large body, one transfer after the other, each on a connection of its own, by curl.</summary>
internal sealed record TransferWork(string Name, string Title, bool IsUpload) : Work(Name, Title, "MB")
{
    private const double Megabyte = 1_000_000;

    // In the order of browsers. A peer that prefers another one gets it, as it does from them.
    private const string Ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

    public override string About =>
        $"curl, HTTP/1.1, one {(IsUpload ? "POST" : "GET")} after the other, each on a new connection; TLS ciphers offered in the order of browsers";

    public override async Task<Load> RunAsync(Peer peer, Stage stage, TimeSpan duration, CancellationToken stop)
    {
        var command = CommandFor(peer, stage);
        var (bytes, elapsed) = (0.0, TimeSpan.Zero);
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < duration;)
        {
            var said = (await Command.RunAsync(command, duration + Patience.Spare, stop)).Trim().Split(' ');
            if (said is not ["200", var moved, var seconds] || moved != BackendAnswers.TransferSize.ToString(CultureInfo.InvariantCulture))
                throw new BenchmarkException($"curl's transfer through {peer.Name} was not whole: {string.Join(' ', said)}");

            bytes += BackendAnswers.TransferSize;
            elapsed += TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture));
        }

        return new Load(bytes / Megabyte, elapsed);
    }

    private CommandLine CommandFor(Peer peer, Stage stage)
    {
        var size = IsUpload ? "size_upload" : "size_download";
        var command = new CommandLine(
            stage.Tools.Curl, "--disable", "--silent", "--show-error", "--http1.1", "--noproxy", "*",
            "--cacert", stage.Certificate.RootPath, "--tls13-ciphers", Ciphers,
            "--output", "/dev/null", "--write-out", $"%{{http_code}} %{{{size}}} %{{time_total}}", "--header", Headers.Authorization);
        return IsUpload
            ? command.With(
                "--request", "POST", "--header", "Expect:", "--header", "Content-Type: application/octet-stream",
                "--upload-file", EmptyFile(stage), $"{peer.Uri(BackendAnswers.UploadPath)}")
            : command.With($"{peer.Uri(BackendAnswers.DownloadPath)}");
    }

    // A file of zeros without blocks: the disk has no part in the figure.
    private static string EmptyFile(Stage stage)
    {
        var path = stage.Folder.File("upload");
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        file.SetLength(BackendAnswers.TransferSize);
        return path;
    }
}
