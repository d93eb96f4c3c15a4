using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MatrixEdge.Dns;
using MatrixEdge.Doctor;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Dns;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.EndToEnd;

/// <summary>Two real homeservers behind two gateways, as others see them, and as the gateways see themselves.</summary>
public sealed class SelfExaminationTests : IAsyncDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("matrixedge-doctor-");
    private readonly Dictionary<string, IPAddress> zone = new(StringComparer.OrdinalIgnoreCase);
    private readonly FakeNameServer names;
    private readonly TestAuthority? authority;
    private readonly string? whyNot = Tools.WhyNot();

    public SelfExaminationTests()
    {
        names = new FakeNameServer(question => FakeNameServer.Reply(question, Find(question) is null && !IsKnown(question) ? DnsCode.NameError : DnsCode.NoError, [.. new[] { Find(question) }.OfType<DnsRecord>()]));
        if (whyNot is null)
            authority = new TestAuthority(directory.FullName, "one.example.com", "matrix.one.example.com", "two.example.com", "matrix.two.example.com");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_doctor_finds_both_well_and_each_gateway_tells_what_breaks_and_when_it_is_well_again()
    {
        Assert.SkipWhen(whyNot is not null, whyNot ?? "");
        await using var one = await StartAsync("one");
        await using var two = await StartAsync("two");

        foreach (var server in new[] { one, two })
        {
            var examination = await new Examiner(TimeProvider.System).ExamineAsync(
                new ExaminationOrder(server.Name, [names.EndPoint], [authority!.Root], Own: null), progress: null, Stop);
            Assert.Equal("", string.Join('\n', examination.Findings.Where(finding => finding.Outcome is FindingOutcome.Warn or FindingOutcome.Fail)));
            foreach (var id in new[] { "keys-signature", "certificate", "certificate-agreement", "server-document", "client-api", "sign-in", "errors", "uploads", "private-paths" })
                Assert.Equal((id, FindingOutcome.Ok), (id, examination.Findings.Single(finding => finding.Id == id).Outcome));
            await server.SeesAsync("path-fidelity", FindingOutcome.Ok);
            await server.SeesAsync("header-fidelity", FindingOutcome.Ok);
            Assert.Equal(FindingOutcome.Ok, server.Examinations.Find(server.Name.ToString())!.Verdict);
        }

        // A forgotten copy of the certificate on one port.
        using var stale = OldCertificate();
        one.Public.Replace(8448, stale);
        Assert.Contains("expired", (await one.SeesAsync("certificate", FindingOutcome.Fail)).Summary, StringComparison.Ordinal);
        one.Public.Replace(8448, null);
        await one.SeesAsync("certificate", FindingOutcome.Ok);

        // A record that leads to nowhere.
        zone["matrix.one.example.com"] = new IPAddress([127, 0, 0, 99]);
        await one.SeesAsync("reachable", FindingOutcome.Fail);
        zone["matrix.one.example.com"] = one.Public.Address;
        await one.SeesAsync("reachable", FindingOutcome.Ok);

        // The homeserver.
        await two.Synapse.StopAsync();
        await two.SeesAsync("keys", FindingOutcome.Fail);
        Assert.Equal("keys", two.Examinations.Find(two.Name.ToString())!.First!.Id);
        await two.Synapse.StartAsync(Stop);
        await two.SeesAsync("keys", FindingOutcome.Ok);

        // The clock.
        two.Time.Jump(TimeSpan.FromMinutes(10));
        await two.SeesAsync("clock", FindingOutcome.Fail);
        two.Time.Jump(TimeSpan.FromMinutes(-10));
        await two.SeesAsync("clock", FindingOutcome.Ok);

        await two.Gateway.Events.WaitForAsync("two.example.com as others see it, Clocks agree: all well again");
        await one.Gateway.Events.WaitForAsync("one.example.com as others see it, Other servers can connect: other servers cannot connect");
        Assert.Contains(one.Examinations.Changes, change => change.Now is { Id: "certificate", Outcome: FindingOutcome.Fail });
    }

    public async ValueTask DisposeAsync()
    {
        await names.DisposeAsync();
        authority?.Dispose();
        directory.Delete(recursive: true);
    }

    private bool IsKnown(DnsMessage question) => zone.Keys.Any(name => question.Questions[0].Name.ToString().TrimEnd('.').EndsWith(name, StringComparison.OrdinalIgnoreCase));

    private DnsRecord? Find(DnsMessage question)
    {
        var name = question.Questions[0].Name.ToString().TrimEnd('.');
        return question.Questions[0].Type == DnsType.A && zone.TryGetValue(name, out var address) ? FakeNameServer.Record(name, DnsType.A, new AddressData(address)) : null;
    }

    private static X509Certificate2 OldCertificate()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=matrix.one.example.com", key, System.Security.Cryptography.HashAlgorithmName.SHA256);
        var subject = new SubjectAlternativeNameBuilder();
        subject.AddDnsName("matrix.one.example.com");
        request.CertificateExtensions.Add(subject.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-100), DateTimeOffset.UtcNow.AddDays(-10));
    }

    private async Task<Examined> StartAsync(string name)
    {
        var folder = directory.CreateSubdirectory(name).FullName;
        var place = new GatewayPlace { ServerHost = $"{name}.example.com", PublicHost = $"matrix.{name}.example.com", AtUsualPorts = true, Certificate = new object(), Root = authority!.Root };
        var address = new PublicAddress();
        zone[place.ServerHost] = zone[place.PublicHost] = address.Address;
        var synapse = new SynapseHomeserver(folder, place, zone.ToImmutableDictionary());
        await synapse.StartAsync(Stop);

        var time = new ShiftedTime();
        var gateway = await RunningGateway.StartAsync(JsonSerializer.Serialize(new
        {
            Certificate = new { Source = "Files", authority.CertificatePath, authority.PrivateKeyPath },
            Doctor = new { Every = "00:00:02", Resolvers = new[] { names.EndPoint.ToString() }, TrustedRoots = authority.RootPath },
            Sites = new[] { new { ServerName = place.ServerHost, place.PublicHost, Homeserver = new { Kind = "Synapse", Address = synapse.Address.GetLeftPart(UriPartial.Authority) } } },
        }), time: time);
        address.Lead(443, new IPEndPoint(IPAddress.Loopback, gateway.Port(ListenerKind.Https)));
        address.Lead(8448, new IPEndPoint(IPAddress.Loopback, gateway.Port(ListenerKind.Federation)));
        Assert.True(ServerName.TryParse(place.ServerHost, out var serverName, out _));
        return new Examined(serverName, synapse, gateway, address, time);
    }

    private sealed record Examined(ServerName Name, SynapseHomeserver Synapse, RunningGateway Gateway, PublicAddress Public, ShiftedTime Time) : IAsyncDisposable
    {
        public Examinations Examinations => Gateway.Services.GetRequiredService<Examinations>();

        public Task<Finding> SeesAsync(string check, FindingOutcome outcome) => Until.FoundAsync(
            () => Task.FromResult(Examinations.Find(Name.ToString())?.Findings.FirstOrDefault(finding => finding.Id == check && finding.Outcome == outcome)),
            $"{check} {outcome}, but {Examinations.Find(Name.ToString())?.Sentence}", Stop);

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await Public.DisposeAsync();
            await Synapse.DisposeAsync();
        }
    }
}
