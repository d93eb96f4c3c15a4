using System.Collections.Immutable;
using MatrixEdge.Delegation;
using MatrixEdge.Dns;
using MatrixEdge.Protocol;
using MatrixEdge.Tests.Dns;

namespace MatrixEdge.Tests.Delegation;

/// <summary>The steps of Matrix server-server §Resolving server names.</summary>
public sealed class ServerDiscoveryTests
{
    private readonly Sources sources = new();

    [Theory]
    // Step 1.
    [InlineData("8.20.1.1", "1", "8.20.1.1:8448", "8.20.1.1", "8.20.1.1")]
    [InlineData("8.20.1.1:443", "1", "8.20.1.1:443", "8.20.1.1:443", "8.20.1.1")]
    [InlineData("[2a01:4f8::1]", "1", "[2a01:4f8::1]:8448", "[2a01:4f8::1]", "2a01:4f8::1")]
    [InlineData("[2a01:4f8::1]:443", "1", "[2a01:4f8::1]:443", "[2a01:4f8::1]:443", "2a01:4f8::1")]
    // Step 2.
    [InlineData("port.example.org:8000", "2", "port.example.org:8000", "port.example.org:8000", "port.example.org")]
    [InlineData("document.example.org:443", "2", "document.example.org:443", "document.example.org:443", "document.example.org")]
    // Step 3.1.
    [InlineData("to-address.example.org", "3.1", "8.20.1.1:8448", "8.20.1.1", "8.20.1.1")]
    [InlineData("to-address-port.example.org", "3.1", "[2a01:4f8::1]:443", "[2a01:4f8::1]:443", "2a01:4f8::1")]
    // Step 3.2.
    [InlineData("to-port.example.org", "3.2", "matrix.example.org:443", "matrix.example.org:443", "matrix.example.org")]
    // Step 3.3: what SRV records name is not what the certificate is for.
    [InlineData("to-service.example.org", "3.3", "host.example.net:4443", "service.example.org", "service.example.org")]
    // Step 3.4.
    [InlineData("to-deprecated.example.org", "3.4", "host.example.net:8448", "deprecated.example.org", "deprecated.example.org")]
    // Step 3.5.
    [InlineData("to-name.example.org", "3.5", "name.example.org:8448", "name.example.org", "name.example.org")]
    // Step 4; the deprecated record beside it does not count.
    [InlineData("service.example.org", "4", "host.example.net:4443", "service.example.org", "service.example.org")]
    // Step 5.
    [InlineData("deprecated.example.org", "5", "host.example.net:8448", "deprecated.example.org", "deprecated.example.org")]
    // Step 6.
    [InlineData("nothing.example.org", "6", "nothing.example.org:8448", "nothing.example.org", "nothing.example.org")]
    public async Task Goes_the_way_of_the_specification(string name, string step, string target, string hostHeader, string certificate)
    {
        var found = await DiscoverAsync(name);

        Assert.Equal(step, found.StepNumber);
        Assert.Equal([target], found.Targets.Select(target => target.ToString()));
        Assert.Equal((hostHeader, certificate), (found.HostHeader, found.CertificateName));
        Assert.Equal(step.StartsWith('3'), found.Delegated is not null);
        Assert.Null(found.Undecided);
        Assert.StartsWith($"Step {step}", found.Route[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("8.20.1.1")]
    [InlineData("[2a01:4f8::1]:443")]
    [InlineData("document.example.org:443")]
    public async Task Asks_nobody_about_an_address_or_a_name_with_a_port(string name)
    {
        await DiscoverAsync(name);

        Assert.Empty(sources.Asked);
    }

    [Fact]
    public async Task Looks_at_nothing_behind_what_has_decided()
    {
        await DiscoverAsync("to-port.example.org");
        Assert.Equal(["document of to-port.example.org"], sources.Asked);

        sources.Asked.Clear();
        await DiscoverAsync("to-service.example.org");
        Assert.Equal(["document of to-service.example.org", "_matrix-fed._tcp.service.example.org"], sources.Asked);

        sources.Asked.Clear();
        await DiscoverAsync("nothing.example.org");
        Assert.Equal(["document of nothing.example.org", "_matrix-fed._tcp.nothing.example.org", "_matrix._tcp.nothing.example.org"], sources.Asked);
    }

    [Fact]
    public async Task Asks_the_delegated_host_for_no_further_document()
    {
        sources.Documents["a.example.org"] = "document.example.org";

        var found = await DiscoverAsync("a.example.org");

        Assert.Equal("document.example.org:8448", found.Targets.Single().ToString());
        Assert.DoesNotContain("document of document.example.org", sources.Asked);
    }

    [Fact]
    public async Task Takes_the_targets_of_services_by_priority_then_by_weight()
    {
        sources.Services["_matrix-fed._tcp.many.example.org"] =
        [
            new ServiceData(20, 100, 1, DnsName.Parse("last.example.net")),
            new ServiceData(10, 1, 2, DnsName.Parse("light.example.net")),
            new ServiceData(10, 9, 3, DnsName.Parse("heavy.example.net")),
        ];

        var found = await DiscoverAsync("many.example.org");

        Assert.Equal(["heavy.example.net:3", "light.example.net:2", "last.example.net:1"], found.Targets.Select(target => target.ToString()));
    }

    [Fact]
    public async Task Believes_a_record_that_says_there_is_no_service()
    {
        sources.Services["_matrix-fed._tcp.none.example.org"] = [new ServiceData(0, 0, 0, DnsName.Root)];

        var found = await DiscoverAsync("none.example.org");

        Assert.Equal("4", found.StepNumber);
        Assert.Empty(found.Targets);
        Assert.DoesNotContain("_matrix._tcp.none.example.org", sources.Asked);
    }

    [Theory]
    [InlineData("_matrix-fed._tcp.nothing.example.org")]
    [InlineData("_matrix._tcp.nothing.example.org")]
    public async Task Goes_on_and_says_so_where_no_name_server_decides(string failing)
    {
        sources.Failing = failing;

        var found = await DiscoverAsync("nothing.example.org");

        Assert.Equal("6", found.StepNumber);
        Assert.Contains(failing, found.Undecided, StringComparison.Ordinal);
        Assert.Contains(found.Route, step => step.Contains("that a name server would tell of", StringComparison.Ordinal));
    }

    private Task<DiscoveredServer> DiscoverAsync(string text)
    {
        Assert.True(ServerName.TryParse(text, out var name, out var problem), problem);
        return ServerDiscovery.DiscoverAsync(name, sources, CancellationToken.None);
    }

    private sealed class Sources : IDiscoverySources
    {
        public List<string> Asked { get; } = [];

        public string? Failing { get; set; }

        public Dictionary<string, string> Documents { get; } = new()
        {
            ["document.example.org"] = "elsewhere.example.org:443",
            ["to-address.example.org"] = "8.20.1.1",
            ["to-address-port.example.org"] = "[2a01:4f8::1]:443",
            ["to-port.example.org"] = "matrix.example.org:443",
            ["to-service.example.org"] = "service.example.org",
            ["to-deprecated.example.org"] = "deprecated.example.org",
            ["to-name.example.org"] = "name.example.org",
        };

        public Dictionary<string, ImmutableArray<DnsData>> Services { get; } = new()
        {
            ["_matrix-fed._tcp.service.example.org"] = [new ServiceData(10, 0, 4443, DnsName.Parse("host.example.net"))],
            ["_matrix._tcp.service.example.org"] = [new ServiceData(10, 0, 1, DnsName.Parse("old.example.net"))],
            ["_matrix._tcp.deprecated.example.org"] = [new ServiceData(10, 0, 8448, DnsName.Parse("host.example.net"))],
        };

        public Task<ServerName?> FindDelegatedAsync(string host, CancellationToken stop)
        {
            Asked.Add($"document of {host}");
            ServerName? name = null;
            Assert.True(!Documents.TryGetValue(host, out var text) || ServerName.TryParse(text, out name, out _));
            return Task.FromResult(name);
        }

        public Task<DnsAnswer> FindServiceAsync(DnsName name, CancellationToken stop)
        {
            var text = name.ToString().TrimEnd('.');
            Asked.Add(text);
            var question = new DnsQuestion(name, DnsType.SRV);
            if (text == Failing)
                return Task.FromResult(DnsAnswer.Silence(question, "nobody answers"));

            ImmutableArray<DnsRecord> records = Services.TryGetValue(text, out var data) ? [.. data.Select(one => FakeNameServer.Record(text, DnsType.SRV, one))] : [];
            var message = new DnsMessage { IsResponse = true, Code = records.IsEmpty ? DnsCode.NameError : DnsCode.NoError, Answers = records };
            return Task.FromResult(new DnsAnswer(question, null, message, [], records, null));
        }
    }
}
