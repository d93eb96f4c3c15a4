using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Listening;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>The chain that clients get is one that the authority gave, whole, and the one that the operator prefers.</summary>
public sealed class ChainTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scenario_10_All_downloaded_certificates_are_sent_byte_for_byte_on_both_ports()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, ChainLength = 3 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        var downloaded = new X509Certificate2Collection();
        downloaded.ImportFromPem(proxy.Requests.Single(seen => seen.Kind == AcmeRequest.Certificate && seen.IsDone).Authoritys!.Text);
        Assert.Equal(4, downloaded.Count);
        await AssertSentAsync(gateway, downloaded);
        await gateway.RestartAsync();
        await AssertSentAsync(gateway, downloaded);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Scenario_11_The_preferred_chain_is_chosen_by_the_name_of_its_root(int number)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, AlternateRoots = 2 }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        using var root = await pebble.GetIssuingRootAsync(number, Stop);
        gateway.Certificate["PreferredChain"] = root.GetNameInfo(X509NameType.SimpleName, forIssuer: false);

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        await AssertLeadsToAsync(gateway, root);
        Assert.DoesNotContain(gateway.Events.Messages, IsAboutChains);
        await gateway.RestartAsync();
        await AssertLeadsToAsync(gateway, root);
    }

    [Fact]
    public async Task Scenario_11_A_root_that_the_authority_does_not_have_leaves_its_own_choice_and_a_warning()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, AlternateRoots = 2 }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        gateway.Certificate["PreferredChain"] = "ISRG Root X1";
        using var root = await pebble.GetIssuingRootAsync(0, Stop);
        using var other = await pebble.GetIssuingRootAsync(2, Stop);

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        await AssertLeadsToAsync(gateway, root);
        var warning = Assert.Single(gateway.Events.Messages, IsAboutChains);
        Assert.Contains("ISRG Root X1", warning, StringComparison.Ordinal);
        Assert.Contains(root.GetNameInfo(X509NameType.SimpleName, forIssuer: false), warning, StringComparison.Ordinal);
        Assert.Contains(other.GetNameInfo(X509NameType.SimpleName, forIssuer: false), warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(200)]
    public async Task Scenario_11_A_chain_that_cannot_be_had_is_no_reason_to_have_no_certificate(int status)
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, AlternateRoots = 2 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        using var root = await pebble.GetIssuingRootAsync(0, Stop);
        using var preferred = await pebble.GetIssuingRootAsync(2, Stop);
        gateway.Certificate["PreferredChain"] = preferred.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        proxy.On(AcmeRequest.Certificate).After(1).Answers(status, "<html>not here</html>");

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        await AssertLeadsToAsync(gateway, root);
        Assert.Contains(gateway.Events.Messages, IsAboutChains);
    }

    [Fact]
    public async Task Scenario_11_A_preferred_chain_that_clients_would_refuse_is_not_taken()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { EverythingValid = true, AlternateRoots = 1, ChainLength = 3 }, Stop);
        await using var proxy = await FaultProxy.StartAsync(pebble, Stop);
        await using var gateway = new AcmeGateway(pebble) { DirectoryUri = proxy.DirectoryUri };
        using var root = await pebble.GetIssuingRootAsync(0, Stop);
        using var preferred = await pebble.GetIssuingRootAsync(1, Stop);
        gateway.Certificate["PreferredChain"] = preferred.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        proxy.On(AcmeRequest.Certificate).After(1).WithChain(chain => [chain[0], chain[2], chain[1], chain[3]]);

        await gateway.StartAsync();
        await gateway.NewSerialAsync();

        await AssertLeadsToAsync(gateway, root);
        Assert.Contains(gateway.Events.Messages, IsAboutChains);
    }

    private static bool IsAboutChains(string message) => message.StartsWith("Warning", StringComparison.Ordinal) && message.Contains("PreferredChain", StringComparison.Ordinal);

    private static async Task AssertSentAsync(AcmeGateway gateway, X509Certificate2Collection chain)
    {
        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            var probe = await TlsProbe.ConnectAsync(gateway.Port(kind), "matrix.example.com", Stop);
            Assert.Equal(chain.Select(certificate => certificate.RawData), probe.Sent.Select(certificate => certificate.RawData));
        }
    }

    private static async Task AssertLeadsToAsync(AcmeGateway gateway, X509Certificate2 root)
    {
        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            var probe = await TlsProbe.ConnectAsync(gateway.Port(kind), "matrix.example.com", Stop);
            Assert.Equal(root.Subject, probe.Sent[^1].Issuer);
        }
    }
}
