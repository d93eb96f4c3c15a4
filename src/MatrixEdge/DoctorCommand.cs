using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Certificates;
using MatrixEdge.Configuration;
using MatrixEdge.Dns;
using MatrixEdge.Doctor;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Sites;
using MatrixEdge.Storage;

namespace MatrixEdge;

/// <summary>
/// <c>matrixedge doctor</c>: looks at a Matrix server from outside, and explains. Exit code 0 when nothing fails; 1 when something
/// does; 2 when it was not understood what is to be looked at.
/// </summary>
internal static class DoctorCommand
{
    private const double LongestPatience = 300;

    /// <param name="serverName">Null for the sites of the configuration.</param>
    /// <param name="trust">A PEM file with further roots; null for none.</param>
    /// <param name="resolvers">Addresses of name servers; empty for the system's.</param>
    /// <param name="patience">In seconds, above 0.</param>
    /// <param name="hold">How long a silent request is to be kept, in seconds; 0 for none.</param>
    public static async Task<int> RunAsync(
        string? serverName, string? configFile, bool isJson, string? trust, string[] resolvers, double patience, int hold, CancellationToken stop)
    {
        var complaints = new List<string>();
        ServerName? name = null;
        if (serverName is not null && !ServerName.TryParse(serverName, out name, out var problem))
            complaints.Add($"{JsonText.Quote(Delegation.JsonAnswer.Shorten(serverName))} is no server name: {problem}");
        var roots = new X509Certificate2Collection();
        if (trust is not null && FindFault(trust, roots) is { } fault)
            complaints.Add($"--trust {trust}: {fault}");
        var servers = ImmutableArray.CreateBuilder<IPEndPoint>();
        foreach (var text in resolvers)
        {
            if (DnsAddress.TryParse(text, out var server))
                servers.Add(server);
            else
                complaints.Add($"--resolver {text}: must be the address of a name server, for example 9.9.9.9 or [2620:fe::fe]:53");
        }

        if (patience is not (> 0 and <= LongestPatience))
            complaints.Add($"--timeout: must be above 0 and at most {LongestPatience:0} seconds");

        if (hold < 0 || hold > Echo.LongestHold.TotalSeconds)
            complaints.Add($"--hold: must be from 0 to {Echo.LongestHold.TotalSeconds:0} seconds");

        // A stranger's server needs no configuration, but one that was named must be good.
        var problems = new Problems();
        var source = ConfigurationSource.Open(configFile, ConfigurationEnvironment.OfProcess(), problems);
        var settings = source is null ? null : EdgeSettings.Parse(source.Document, problems);
        if (serverName is null || configFile is not null)
            complaints.AddRange(problems.Found.Select(found => found.ToString()));
        if (complaints.Count > 0)
        {
            foreach (var complaint in complaints)
                await Console.Error.WriteLineAsync(complaint);
            return Commands.BadUse;
        }

        var sites = problems.Any || settings is null ? [] : settings.Sites.Where(site => name is null || site.ServerName == name).ToList();
        if (settings is not null && sites.Count > 0)
            roots.AddRange(OwnRoots(settings));
        var pass = sites.Count > 0 && settings?.Listen.Admin is { Port: > 0 } admin ? await AdminClient.TryAskAsync<EchoPass>(admin, HttpMethod.Post, "/echo", stop) : null;
        var orders = name is not null && sites.Count == 0
            ? [new ExaminationOrder(name, Resolvers(servers, null), roots, null) { Patience = TimeSpan.FromSeconds(patience) }]
            : sites.Select(site => new ExaminationOrder(site.ServerName, Resolvers(servers, settings), roots, OwnSite(site, pass, hold))
            {
                Limit = ExaminationOrder.UsualLimit + TimeSpan.FromSeconds(hold),
                Patience = TimeSpan.FromSeconds(patience),
                Network = settings!.IsLocalMode ? new LocalModeNetwork(settings.Listen) : new DirectNetwork(),
            }).ToList();
        return await ExamineAsync(orders, isJson, stop);
    }

    private static OwnSite OwnSite(SiteSettings site, EchoPass? pass, int hold) =>
        new(site, pass?.Serials.GetValueOrDefault(site.ServerName.ToString())) { EchoPath = pass?.Path, Hold = TimeSpan.FromSeconds(hold) };

    private static async Task<int> ExamineAsync(IReadOnlyList<ExaminationOrder> orders, bool isJson, CancellationToken stop)
    {
        var examiner = new Examiner(TimeProvider.System);
        var report = new DoctorReport(Console.Out, !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null or "");
        var examinations = new List<Examination>();
        foreach (var order in orders)
        {
            using (var progress = Console.IsErrorRedirected ? null : new DoctorProgress(Console.Error, order.Name.ToString()))
                examinations.Add(await examiner.ExamineAsync(order, progress, stop));
            if (isJson)
                continue;

            if (examinations.Count > 1)
                Console.WriteLine();
            report.Write(examinations[^1]);
        }

        if (isJson)
            Console.WriteLine(JsonRecord.Write(new DoctorAnswer([.. examinations]), AdminAnswer.Json));
        return examinations.Any(examination => examination.Verdict == FindingOutcome.Fail) ? Commands.Failed : Commands.Well;
    }

    private static ImmutableArray<IPEndPoint> Resolvers(ImmutableArray<IPEndPoint>.Builder named, EdgeSettings? settings) =>
        named.Count > 0 ? named.ToImmutable() : settings is { Doctor.Resolvers: { IsEmpty: false } configured } ? configured : SystemResolvers.Read();

    // What the operator trusts on purpose: a private authority, and the gateway's own for trying out.
    private static X509Certificate2Collection OwnRoots(EdgeSettings settings)
    {
        var roots = new X509Certificate2Collection();
        if (settings.Doctor.TrustedRoots is { } configured)
            roots.AddRange(configured.Certificates);
        if (settings.Certificate.Source == CertificateSource.Local)
            FindFault(new LocalAuthority(new StoreDirectory(settings.Store, TimeProvider.System), [], TimeProvider.System).RootPath, roots);
        return roots;
    }

    private static string? FindFault(string path, X509Certificate2Collection roots)
    {
        try
        {
            var before = roots.Count;
            roots.ImportFromPemFile(path);
            return roots.Count > before ? null : "the file holds no certificate; it must be PEM, with lines like -----BEGIN CERTIFICATE-----";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"cannot be read as certificates in PEM: {exception.Message.TrimEnd('.')}";
        }
    }

    /// <summary>What <c>--json</c> prints.</summary>
    private sealed record DoctorAnswer(ImmutableArray<Examination> Servers)
    {
        /// <summary>The worst of all.</summary>
        public FindingOutcome Verdict => Servers.IsEmpty ? FindingOutcome.Ok : Servers.Max(server => server.Verdict);
    }
}
