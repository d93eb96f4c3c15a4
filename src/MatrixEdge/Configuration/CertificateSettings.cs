using System.Collections.Immutable;

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
/// <param name="Acme">For <see cref="CertificateSource.Acme"/>.</param>
/// <param name="EventHook">A program, absolute, with its arguments, that is told what happens to certificates; empty for none.</param>
/// <param name="Text">The section as it was written: two that read the same mean the same.</param>
internal sealed record CertificateSettings(
    CertificateSource Source, string? CertificatePath, string? PrivateKeyPath, AcmeSettings? Acme, ImmutableArray<string> EventHook, string Text)
{
    // What only ordering by ACME uses: without effect otherwise, and said to be.
    private static readonly string[] AcmeKeys =
    [
        "AcceptTermsOfService", "EmailAddress", "UseStagingServer", "DirectoryUri", "RehearsalDirectoryUri", "TrustedRoots", "ChallengeTypes", "Dns01",
        "Profile", "KeyAlgorithm", "PreferredChain", "ExternalAccountBinding", "AccountKeyPath", "FallbackIssuers",
    ];

    public static CertificateSettings? Parse(SettingsSection section, string folder, ListenSettings listen)
    {
        if (section.IsMalformed || section.Choice("Source", CertificateSource.Acme) is not { } source)
            return null;

        var certificatePath = section.FilePath("CertificatePath", folder);
        var privateKeyPath = section.FilePath("PrivateKeyPath", folder);
        var unused = AcmeKeys.Where(key => section.Raw(key) is not null).ToList();
        var acme = source == CertificateSource.Acme ? AcmeSettings.Parse(section, folder, listen) : null;
        var hook = HookCommand.Parse(section, "EventHook", folder, "/usr/local/bin/certificate-hook");
        section.RejectUnknownKeys();

        if (source == CertificateSource.Files)
        {
            Require(section, "CertificatePath", certificatePath, "the PEM file with the full chain, the server's own certificate first (certbot: fullchain.pem)");
            Require(section, "PrivateKeyPath", privateKeyPath, "the PEM file with the private key (certbot: privkey.pem)");
        }
        else if (certificatePath is not null || privateKeyPath is not null)
        {
            section.Problems.Note($"{section.Path}: CertificatePath and PrivateKeyPath have no effect with Source \"{source}\"");
        }

        if (unused.Count > 0 && source != CertificateSource.Acme)
            section.Problems.Note($"{section.Path}: {string.Join(", ", unused)} have no effect with Source \"{source}\"");

        return new CertificateSettings(source, certificatePath, privateKeyPath, acme, hook.IsDefault ? [] : hook, section.Text());
    }

    private static void Require(SettingsSection section, string name, string? path, string what)
    {
        if (path is null)
            section.Problems.Add(section.Key(name), null, $"Source \"Files\" needs it: {what}");
        else if (ReadableFile.FindObstacle(path) is { } obstacle)
            section.Report(name, $"{obstacle}; give {what}");
    }
}
