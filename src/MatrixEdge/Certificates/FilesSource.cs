using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>
/// A certificate that something else keeps fresh: certbot, cert-manager, an operator. The files are watched, also through
/// links; a pair that does not fit together (one file written, the other not yet) is refused, and the old one stays.
/// </summary>
internal sealed class FilesSource(string certificatePath, string privateKeyPath, IReadOnlyCollection<string> names, WatchedFiles files) : ICertificateSource
{
    private readonly string[] paths = [certificatePath, privateKeyPath];
    private string seen = "";

    public string Id => "";

    public IReadOnlyCollection<string> Names => names;

    public Task<CertificateBundle?> LoadAsync(CancellationToken stop)
    {
        seen = WatchedFiles.Look(paths);
        return Task.FromResult<CertificateBundle?>(PemBundle.Read(ReadText(certificatePath), certificatePath, ReadText(privateKeyPath), privateKeyPath));
    }

    public async Task WaitAsync(CertificateBundle? served, CancellationToken stop) =>
        await files.WaitForChangeAsync(paths, seen, stop);

    private static string ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CertificateException($"{path} cannot be read: {exception.Message}", exception);
        }
    }
}
