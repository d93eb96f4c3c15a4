using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MatrixEdge.Acme;

namespace MatrixEdge.Configuration;

/// <summary>One certificate authority and the account to be used there.</summary>
/// <param name="Directory">Its ACME directory (RFC 8555 §7.1.1).</param>
/// <param name="TrustedRoots">PEM file with roots to trust beside the system's when talking to it; absolute.</param>
/// <param name="Profile">What kind of certificate, of those that the directory lists; null leaves it to the authority.</param>
/// <param name="PreferredChain">Part of the name of the root to which the chain should lead; null takes the authority's first.</param>
/// <param name="AccountKeyPath">PEM or JWK file with the key of an account that exists already; absolute.</param>
/// <param name="Rehearsal">The directory of the same authority's test system: tried first after names could not be validated, since failing there costs nothing.</param>
internal sealed record IssuerSettings(
    Uri Directory,
    string? EmailAddress,
    string? TrustedRoots,
    string? Profile,
    string? PreferredChain,
    ExternalAccountBinding? ExternalAccountBinding,
    string? AccountKeyPath,
    Uri? Rehearsal)
{
    public static readonly Uri LetsEncrypt = new("https://acme-v02.api.letsencrypt.org/directory");
    public static readonly Uri LetsEncryptStaging = new("https://acme-staging-v02.api.letsencrypt.org/directory");

    /// <summary>Names the authority in the store: its host, and what tells two directories of one host apart.</summary>
    public string Id { get; } = IdOf(Directory);

    public static string IdOf(Uri directory)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory.AbsoluteUri)).AsSpan(0, 4));
        return $"{directory.IdnHost.Replace(':', '-').Trim('[', ']')}-{hash}";
    }

    /// <summary>Reads the keys of one authority. With <paramref name="isFirst"/> they stand in <c>Certificate</c> itself, and the directory has a default.</summary>
    public static IssuerSettings? Parse(SettingsSection section, string folder, string? emailAddress, bool isFirst)
    {
        var before = section.Problems.Found.Count;
        var staging = isFirst && section.Flag("UseStagingServer", absent: false);
        var directory = ParseDirectory(section, "DirectoryUri");
        if (staging && section.Raw("DirectoryUri") is not null)
            section.Report("DirectoryUri", "UseStagingServer means Let's Encrypt's staging server; write one of the two");
        if (directory is null && !isFirst && section.Raw("DirectoryUri") is null)
            section.Problems.Add(section.Key("DirectoryUri"), null, "give the address of the authority's ACME directory, for example \"https://acme.zerossl.com/v2/DV90\"");
        directory ??= staging ? LetsEncryptStaging : LetsEncrypt;

        var rehearsal = ParseDirectory(section, "RehearsalDirectoryUri") ?? (directory == LetsEncrypt ? LetsEncryptStaging : null);
        var settings = new IssuerSettings(
            directory,
            isFirst ? emailAddress : ParseEmail(section) ?? emailAddress,
            Configuration.TrustedRoots.Parse(section, folder)?.Path,
            Blank(section.Text("Profile")),
            Blank(section.Text("PreferredChain")),
            ParseBinding(section.Section("ExternalAccountBinding"), folder),
            ParseAccountKey(section, folder),
            rehearsal);
        return section.Problems.Found.Count == before ? settings : null;
    }

    public static string? ParseEmail(SettingsSection section)
    {
        var text = Blank(section.Text("EmailAddress"));
        if (text is null)
            return null;

        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at > 0 && at < text.Length - 1 && text.IndexOf('@', at + 1) < 0 && text.All(c => c is > ' ' and < (char)127 and not (',' or '?' or '<' or '>' or ':')))
            return text;

        section.Report("EmailAddress", "give one address, for example \"admin@example.com\"");
        return null;
    }

    private static Uri? ParseDirectory(SettingsSection section, string name)
    {
        var text = Blank(section.Text(name));
        if (text is null)
            return null;

        if (!WebAddress.TryParse(text, out var address, out var problem))
        {
            section.Report(name, problem);
            return null;
        }

        if (address.Scheme == Uri.UriSchemeHttps || address.IsLoopback)
            return address;

        section.Report(name, "an ACME server is spoken to by HTTPS only; write https://");
        return null;
    }

    /// <summary>The roots in a PEM file.</summary>
    public static X509Certificate2Collection LoadRoots(string path)
    {
        var roots = new X509Certificate2Collection();
        roots.ImportFromPem(File.ReadAllText(path));
        return roots;
    }

    private static ExternalAccountBinding? ParseBinding(SettingsSection section, string folder)
    {
        if (section.IsMalformed)
            return null;

        var keyId = Blank(section.Text("KeyId"));
        var key = Secret.Read(section, "Key", "KeyFile", folder);
        section.RejectUnknownKeys(showValues: false);
        if (keyId is null && key is null)
            return null;

        if (keyId is null)
            section.Problems.Add(section.Key("KeyId"), null, "give the key identifier that the authority shows beside its key");
        if (key is null && section.Raw("Key") is null && section.Raw("KeyFile") is null)
            section.Problems.Add(section.Key("Key"), null, "give the HMAC key that the authority shows, or a file with it as KeyFile");
        if (keyId is null || key is null)
            return null;

        try
        {
            return Acme.ExternalAccountBinding.FromBase64Url(keyId, key);
        }
        catch (ArgumentException)
        {
            // The value is a secret: it is not shown.
            section.Problems.Add(section.Key("Key"), null, "the key is not base64url text; copy it whole, as the authority shows it");
            return null;
        }
    }

    private static string? ParseAccountKey(SettingsSection section, string folder)
    {
        var path = section.FilePath("AccountKeyPath", folder);
        if (path is null)
            return null;

        if (ReadableFile.FindObstacle(path) is { } obstacle)
        {
            section.Report("AccountKeyPath", $"{obstacle}; give a file with the account's private key");
            return null;
        }

        try
        {
            using var key = ReadAccountKey(path);
            return path;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            section.Report("AccountKeyPath", $"this is no account key of the kind that can be used (P-256, as PEM or JWK): {exception.Message}");
            return null;
        }
    }

    /// <summary>An account's key as Caddy, acme.sh or another client kept it.</summary>
    public static AcmeKey ReadAccountKey(string path)
    {
        var text = File.ReadAllText(path);
        return text.TrimStart().StartsWith('{') ? AcmeKey.FromJwk(text) : AcmeKey.FromPem(text);
    }

    private static string? Blank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
