namespace MatrixEdge.Configuration;

/// <summary>Where the served certificate comes from.</summary>
internal enum CertificateSource
{
    /// <summary>Ordered from a certificate authority by ACME (RFC 8555).</summary>
    Acme,

    /// <summary>PEM files that something else keeps fresh; watched and reloaded.</summary>
    Files,

    /// <summary>An authority of the gateway's own, for trying out.</summary>
    Local,
}

/// <param name="CertificatePath">For <see cref="CertificateSource.Files"/>: PEM, leaf first, then the chain. Absolute.</param>
/// <param name="PrivateKeyPath">For <see cref="CertificateSource.Files"/>: PEM, unencrypted. Absolute.</param>
internal sealed record CertificateSettings(CertificateSource Source, string? CertificatePath, string? PrivateKeyPath)
{
    // What only ordering by ACME uses: known, so that a file written for it is understood, and said to be without effect.
    private static readonly string[] AcmeKeys =
    [
        "AcceptTermsOfService", "EmailAddress", "UseStagingServer", "DirectoryUri", "TrustedRoots", "ChallengeTypes",
        "Profile", "KeyAlgorithm", "PreferredChain", "ExternalAccountBinding", "FallbackIssuers",
    ];

    public static CertificateSettings? Parse(SettingsSection section, string folder)
    {
        if (section.IsMalformed || section.Choice("Source", CertificateSource.Acme) is not { } source)
            return null;

        var settings = new CertificateSettings(
            source,
            section.FilePath("CertificatePath", folder),
            section.FilePath("PrivateKeyPath", folder));

        var unused = AcmeKeys.Where(key => section.Raw(key) is not null).ToList();
        section.RejectUnknownKeys();

        switch (settings.Source)
        {
            case CertificateSource.Acme:
                section.Problems.Add(
                    section.Key("Source"),
                    "\"Acme\"" + (section.Raw("Source") is null ? " (the default)" : ""),
                    "this version cannot order certificates yet; use \"Files\" with CertificatePath and PrivateKeyPath, or \"Local\" to try out");
                break;
            case CertificateSource.Files:
                Require(section, "CertificatePath", settings.CertificatePath, "the PEM file with the full chain, the server's own certificate first (certbot: fullchain.pem)");
                Require(section, "PrivateKeyPath", settings.PrivateKeyPath, "the PEM file with the private key (certbot: privkey.pem)");
                break;
            default:
                if (settings.CertificatePath is not null || settings.PrivateKeyPath is not null)
                    section.Problems.Note($"{section.Path}: CertificatePath and PrivateKeyPath have no effect with Source \"{settings.Source}\"");
                break;
        }

        if (unused.Count > 0 && settings.Source != CertificateSource.Acme)
            section.Problems.Note($"{section.Path}: {string.Join(", ", unused)} have no effect with Source \"{settings.Source}\"");

        return settings;
    }

    private static void Require(SettingsSection section, string name, string? path, string what)
    {
        if (path is null)
            section.Problems.Add(section.Key(name), null, $"Source \"Files\" needs it: {what}");
        else if (FindObstacle(path) is { } obstacle)
            section.Report(name, $"{obstacle}; give {what}");
    }

    // Opened, since a file in a folder that may not be searched looks to File.Exists as if it were not there.
    private static string? FindObstacle(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"there is no file {path}";
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(path))
        {
            return $"{path} is a directory";
        }
        catch (UnauthorizedAccessException)
        {
            return $"the user {Environment.UserName} may not read {path}, or not look into its folder";
        }
        catch (IOException exception)
        {
            return exception.Message;
        }
    }
}
