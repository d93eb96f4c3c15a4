using System.Text.Json;
using MatrixEdge.Doctor;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Sites;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Doctor;

/// <summary>The real gateway looks at its own site: by itself it is in good health, and what stands in front of it is found.</summary>
public sealed class OwnSiteTests
{
    private const string Front = """
        client_max_body_size 0;
        proxy_bind 127.0.0.2;
        proxy_http_version 1.1;
        proxy_ssl_server_name on;
        proxy_ssl_name matrix.example.org;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_read_timeout $silence;
        proxy_set_header Host $host;
        location / { proxy_pass https://$gateway; }
        """;

    [Fact]
    public async Task Is_well_by_itself()
    {
        var examination = await ExamineAsync(front: null);

        Assert.Empty(examination.Findings.Where(IsBad).Select(Told.Of));
        Assert.All(["outside-view", "path-fidelity", "header-fidelity", "long-poll", "documents-agree"], id => Assert.Equal(FindingOutcome.Ok, Find(examination, id).Outcome));
    }

    [Fact]
    public async Task Is_well_behind_a_proxy_that_changes_nothing()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "$http_host;", StringComparison.Ordinal));

        Assert.Empty(examination.Findings.Where(IsBad).Select(Told.Of));
        Assert.Contains("is believed", Find(examination, "header-fidelity").Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_a_proxy_that_writes_paths_anew()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "$http_host;", StringComparison.Ordinal) + "location /_matrix/ { proxy_pass https://$gateway/_matrix/; }");

        NamesFirst(examination, "path-fidelity", "proxy_pass");
    }

    [Fact]
    public async Task Finds_a_proxy_that_gives_up_on_silence()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "$http_host;", StringComparison.Ordinal), silence: "8s", hold: TimeSpan.FromSeconds(40));

        NamesFirst(examination, "long-poll", "proxy_read_timeout");
        Assert.Contains("504", examination.First!.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_a_proxy_that_puts_another_host_in_place()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "matrix.example.org;", StringComparison.Ordinal));

        NamesFirst(examination, "header-fidelity", "proxy_set_header Host");
    }

    [Fact]
    public async Task Finds_a_proxy_that_keeps_tokens_for_itself()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "$http_host; proxy_set_header Authorization \"\";", StringComparison.Ordinal));

        NamesFirst(examination, "header-fidelity", "Authorization");
    }

    [Fact]
    public async Task Finds_a_proxy_that_believes_what_strangers_say_of_their_address()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "$http_host;", StringComparison.Ordinal).Replace("X-Forwarded-For $remote_addr", "X-Forwarded-For $http_x_forwarded_for", StringComparison.Ordinal));

        NamesFirst(examination, "header-fidelity", "X-Forwarded-For");
    }

    [Fact]
    public async Task Finds_a_proxy_that_it_was_not_told_of()
    {
        var examination = await ExamineAsync(Front.Replace("$host;", "$http_host;", StringComparison.Ordinal), trusted: "");

        Assert.Equal("header-fidelity", examination.First?.Id);
        Assert.Contains("TrustedProxies", examination.First!.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Finds_another_program_on_the_federation_port()
    {
        var examination = await ExamineAsync(front: null, change: world => world.At(8448, place => (place.Program, place.Certificate) = (null, world.Authority.Issue("matrix.example.org"))));

        Assert.Contains(examination.Findings, finding => finding is { Id: "certificate-agreement", Outcome: FindingOutcome.Warn } && finding.Summary.Contains("another certificate", StringComparison.Ordinal));
        Assert.Equal(FindingOutcome.Warn, Find(examination, "path-fidelity").Outcome);
    }

    [Fact]
    public async Task Finds_a_homeserver_of_another_name_behind_it()
    {
        var examination = await ExamineAsync(front: null, change: world => world.Homeserver.Name = "other.example.net");

        NamesFirst(examination, "keys-name", "ServerName");
    }

    [Fact]
    public async Task Finds_an_apex_that_leads_elsewhere()
    {
        var examination = await ExamineAsync(front: null, change: world =>
        {
            world.Zone.Remove("example.org").Address("example.org", "8.20.8.8");
            world.Add("8.20.8.8", 443, new Web(_ => Reply.Html(status: 404)));
        });

        NamesFirst(examination, "server-document", "does not lead to this gateway");
    }

    /// <param name="front">What nginx in front is told; null for none.</param>
    private static async Task<Examination> ExamineAsync(string? front, string silence = "60s", TimeSpan? hold = null, string trusted = "127.0.0.2", Action<World>? change = null)
    {
        await using var world = new World(Shape.Document8448, hasV6: false);
        await using var backend = world.Backend();
        using var folder = new TemporaryFolder();
        world.Certificate.WriteTo(folder);
        await using var gateway = await RunningGateway.StartAsync(JsonSerializer.Serialize(new
        {
            Certificate = new { Source = "Files", CertificatePath = folder.File("fullchain.pem"), PrivateKeyPath = folder.File("privkey.pem") },
            Doctor = new { Every = "00:00:00", Resolvers = world.Resolvers.Select(resolver => resolver.ToString()) },
            TrustedProxies = front is null || trusted.Length == 0 ? [] : new[] { trusted },
            Sites = new[] { new { ServerName = "example.org", PublicHost = "matrix.example.org", Homeserver = new { Kind = "Synapse", Address = $"http://{backend.Listener}" } } },
        }));
        await using var nginx = front is null ? null : await Nginx.StartAsync(
            world.Certificate, front.Replace("$gateway", gateway.EndPoints(ListenerKind.Https)[0].ToString(), StringComparison.Ordinal).Replace("$silence", silence, StringComparison.Ordinal));
        foreach (var (port, kind) in new[] { (443, ListenerKind.Https), (8448, ListenerKind.Federation) })
            world.At(port, place => place.Program = nginx?.EndPoint ?? gateway.EndPoints(kind)[0]);
        change?.Invoke(world);

        var order = await gateway.Services.GetRequiredService<OwnView>().OrderAsync(gateway.Services.GetRequiredService<CurrentSites>().Table.Sites[0].Settings, CancellationToken.None);
        order.Roots.Add(world.Authority.Root);
        order = order with { Network = world, Patience = world.Patience, Limit = world.Limit, Own = order.Own! with { Hold = hold ?? TimeSpan.FromSeconds(2) } };
        return await new Examiner(TimeProvider.System).ExamineAsync(order, progress: null, CancellationToken.None);
    }

    private static void NamesFirst(Examination examination, string id, string word)
    {
        var told = Told.Of(examination);
        Assert.True(examination.First is { Outcome: FindingOutcome.Fail } first && first.Id == id, told);
        Assert.True($"{examination.First!.Summary} {examination.First.Cause} {examination.First.Remedy}".Contains(word, StringComparison.Ordinal), told);
    }

    private static Finding Find(Examination examination, string id) => examination.Findings.Single(finding => finding.Id == id);

    private static bool IsBad(Finding finding) => finding.Outcome is FindingOutcome.Warn or FindingOutcome.Fail;
}
