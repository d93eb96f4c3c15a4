using System.Globalization;
using System.Text.Json;
using MatrixEdge.Benchmarks.Clients;
using MatrixEdge.Benchmarks.Peers;
using MatrixEdge.Benchmarks.Processes;

namespace MatrixEdge.Benchmarks.Scale;

/// <summary>
/// A gateway with many sites, all in front of the same stand-in. Everything that is not written here is as by default, so that
/// what a gateway does on its own account grows with the sites as it does for an operator.
/// </summary>
internal sealed class ManySites
{
    /// <summary>How long clients may keep the well-known documents at first; each change takes a minute away.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Stage stage;
    private readonly int count;
    private readonly bool hasOwnCertificates;
    private readonly string folder;
    private readonly PeerPorts ports = PeerPorts.Take();
    private int changes;

    /// <param name="hasOwnCertificates">
    /// A certificate for each site, put into the store as README says ("Bringing in what you have"); else one for all, from files.
    /// </param>
    public ManySites(Stage stage, int count, bool hasOwnCertificates)
    {
        this.stage = stage;
        this.count = count;
        this.hasOwnCertificates = hasOwnCertificates;
        folder = stage.Folder.Make("sites");
        Write();
        if (hasOwnCertificates)
            BringInCertificates();
    }

    private string ConfigurationPath => Path.Combine(folder, "appsettings.json");

    /// <summary>What the documents say now, or will say when the last change is in force.</summary>
    public string CacheControl => string.Create(CultureInfo.InvariantCulture, $"max-age={CacheFor.TotalSeconds:0}");

    private TimeSpan CacheFor => Longest - TimeSpan.FromMinutes(changes);

    /// <summary>Starts the gateway and waits for its first answer.</summary>
    public Task<(Peer Peer, TimeSpan After)> StartAsync(string program, CancellationToken stop)
    {
        var (output, errors) = (Path.Combine(folder, Contender.Output), Path.Combine(folder, "errors.log"));
        var command = new CommandLine(program).With("serve", "--config", ConfigurationPath);
        return FirstAnswer.StartAsync(
            () => new Peer(PeerNames.Gateway, "", ChildProcess.Start(PeerNames.Gateway, command, output, errors), ports, output), stop);
    }

    /// <summary>Changes something of every site in the file; the gateway notices by itself.</summary>
    public void Change()
    {
        changes++;
        Write();
    }

    // As a whole, as editors do: none of it is seen before all of it is there.
    private void Write()
    {
        var configuration = new
        {
            MatrixEdge = new
            {
                Listen = new
                {
                    Http = "",
                    Https = $"127.0.0.1:{ports.Https}",
                    Federation = $"127.0.0.1:{ports.Federation}",
                    Admin = $"127.0.0.1:{ports.Admin}",
                },
                Certificate = hasOwnCertificates
                    ? (object)new { AcceptTermsOfService = true, DirectoryUri = "https://localhost:1/directory" } // none is due: nobody is asked
                    : new { Source = "Files", CertificatePath = stage.Certificate.ChainPath, stage.Certificate.PrivateKeyPath },
                Store = new { Directory = Path.Combine(folder, "store") },
                Sites = Enumerable.Range(0, count).Select(site => new
                {
                    ServerName = SiteNames.Of(site),
                    Homeserver = new { Kind = "Synapse", Address = $"http://127.0.0.1:{stage.BackendPort}" },
                    WellKnown = new { CacheFor = CacheFor.ToString("c", CultureInfo.InvariantCulture) },
                }),
            },
        };
        var temporary = ConfigurationPath + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(configuration));
        File.Move(temporary, ConfigurationPath, overwrite: true);
    }

    private void BringInCertificates()
    {
        const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (var site = 0; site < count; site++)
        {
            var name = SiteNames.Of(site);
            var place = Directory.CreateDirectory(Path.Combine(folder, "store", "certificates", name), OwnerOnly | UnixFileMode.UserExecute);
            var (chain, privateKey) = stage.Certificate.Issue(name);
            var path = Path.Combine(place.FullName, "000001.pem");
            File.WriteAllText(path, chain + privateKey);
            File.SetUnixFileMode(path, OwnerOnly);
        }
    }
}
