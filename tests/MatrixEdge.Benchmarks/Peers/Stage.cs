using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>What all peers share: the folder, the certificate, the backend, the tools.</summary>
internal sealed record Stage(TemporaryFolder Folder, TestCertificate Certificate, int BackendPort, Tools Tools)
{
    /// <summary>Fills in the peer's configuration and writes it to the folder.</summary>
    /// <returns>Where it is, and the port for HTTPS in it.</returns>
    public (string Path, int Port) Configure(string template)
    {
        var ports = FreePorts.Take(3);
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Peers", template));
        foreach (var (word, value) in (ReadOnlySpan<(string, string)>)
            [
                ("HTTPS_PORT", $"{ports[0]}"), ("FEDERATION_PORT", $"{ports[1]}"), ("ADMIN_PORT", $"{ports[2]}"), ("BACKEND_PORT", $"{BackendPort}"),
                ("CERTIFICATE", Certificate.ChainPath), ("PRIVATE_KEY", Certificate.PrivateKeyPath), ("FOLDER", Folder.Path),
            ])
            text = text.Replace($"@{word}@", value, StringComparison.Ordinal);

        var path = Folder.File(template);
        File.WriteAllText(path, text);
        return (path, ports[0]);
    }
}
