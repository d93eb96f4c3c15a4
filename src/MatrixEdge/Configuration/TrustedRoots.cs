using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MatrixEdge.Configuration;

/// <summary>Roots of private authorities, trusted beside the system's; as they were when the configuration was read.</summary>
/// <param name="Path">The PEM file; absolute.</param>
/// <param name="Certificates">At least one.</param>
/// <param name="Fingerprint">Of the file's content: the same for the same roots.</param>
internal sealed record TrustedRoots(string Path, X509Certificate2Collection Certificates, string Fingerprint)
{
    private const string Name = "TrustedRoots";

    /// <summary>Reads the file that <c>TrustedRoots</c> names; null when none is named or it cannot be used (told).</summary>
    public static TrustedRoots? Parse(SettingsSection section, string folder)
    {
        if (section.FilePath(Name, folder) is not { } path)
            return null;

        if (ReadableFile.FindObstacle(path) is { } obstacle)
        {
            section.Report(Name, $"{obstacle}; give a PEM file with the authority's root");
            return null;
        }

        try
        {
            var text = File.ReadAllText(path);
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPem(text);
            if (certificates.Count > 0)
                return new TrustedRoots(path, certificates, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

            section.Report(Name, "the file holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----");
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            section.Report(Name, $"the file cannot be read as certificates in PEM: {exception.Message}");
        }

        return null;
    }
}
