using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MatrixEdge.Certificates.Dns;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Storage;

namespace MatrixEdge.Certificates;

/// <summary>Makes the sources that settings ask for. One for all sites with files or the local authority, one for each site when certificates are ordered.</summary>
internal sealed class CertificateSources(
    WatchedFiles files, OpenChallenges challenges, CertificateEvents events, TimeProvider time, Random random, ILoggerFactory loggers)
{
    private string? orderedText;
    private ImmutableArray<IIssuer> issuers = [];
    private IIssuer? rehearsal;

    /// <param name="before">The sources in use: those that would come out the same stay, with whatever they are at.</param>
    public IReadOnlyList<ICertificateSource> For(EdgeSettings settings, IReadOnlyCollection<ICertificateSource> before)
    {
        switch (settings.Certificate.Source)
        {
            case CertificateSource.Files:
                return [new FilesSource(settings.Certificate.CertificatePath!, settings.Certificate.PrivateKeyPath!, settings.CertificateNames, files)];

            case CertificateSource.Local:
                return [new LocalAuthority(new StoreDirectory(settings.Store, time), settings.CertificateNames, time)];

            default:
                return Order(settings, before);
        }
    }

    private List<ICertificateSource> Order(EdgeSettings settings, IReadOnlyCollection<ICertificateSource> before)
    {
        var acme = settings.Certificate.Acme!;
        IStore store = new StoreDirectory(settings.Store, time);
        var text = $"{settings.Store} {settings.Certificate.Text}";
        var isSame = text == orderedText;
        if (!isSame)
        {
            var records = acme.Dns01 is { } dns ? DnsRecords.Create(dns, time, loggers) : null;
            var selfCheck = new SelfCheck(time);
            IIssuer Issuer(IssuerSettings issuer) =>
                new AcmeIssuer(issuer, acme, store, challenges, records, selfCheck, time, loggers.CreateLogger<AcmeIssuer>());
            issuers = [.. acme.Issuers.Select(Issuer)];
            rehearsal = acme.Issuers[0] is { Rehearsal: { } directory } first
                ? Issuer(first with { Directory = directory, Rehearsal = null, ExternalAccountBinding = null, AccountKeyPath = null, Profile = null, PreferredChain = null })
                : null;
            orderedText = text;
        }

        var sources = new List<ICertificateSource>();
        foreach (var site in settings.Sites)
        {
            ImmutableArray<string> names = [.. site.CertificateNames];
            var id = site.ServerName.ToString();
            var same = isSame ? before.OfType<AcmeSource>().FirstOrDefault(source => source.Id == id && source.Names.SequenceEqual(names)) : null;
            sources.Add(same ?? new AcmeSource(id, names, acme, issuers, rehearsal, store, time, random, events, loggers, MarkOf($"{text} {string.Join(',', names)}")));
        }

        return sources;
    }

    // Tells one configuration from another without keeping its secrets.
    private static string MarkOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));
}
