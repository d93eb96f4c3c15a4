using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>What all peers share: the folder, the certificate, the backend, the tools.</summary>
internal sealed record Stage(TemporaryFolder Folder, TestCertificate Certificate, int BackendPort, Tools Tools)
{
    /// <summary>Fills in a configuration and writes it to a folder.</summary>
    /// <param name="template">Its name among the templates of this program, and in the folder.</param>
    /// <returns>Where it is, and the ports in it.</returns>
    public (string Path, PeerPorts Ports) Configure(string template, string folder)
    {
        var ports = PeerPorts.Take();
        var text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Peers", template));
        foreach (var (word, value) in (ReadOnlySpan<(string, string)>)
            [
                ("HTTPS_PORT", $"{ports.Https}"), ("FEDERATION_PORT", $"{ports.Federation}"), ("ADMIN_PORT", $"{ports.Admin}"),
                ("BACKEND_PORT", $"{BackendPort}"), ("CERTIFICATE", Certificate.ChainPath), ("PRIVATE_KEY", Certificate.PrivateKeyPath),
                ("PEM_BUNDLE", Certificate.BundlePath), ("FOLDER", folder),
            ])
            text = text.Replace($"@{word}@", value, StringComparison.Ordinal);

        var path = Path.Combine(folder, template);
        File.WriteAllText(path, text);
        return (path, ports);
    }
}
