using System.Net;
using MatrixEdge.Dns;

namespace MatrixEdge.Acme.Tests.Dns;

/// <summary>Questions to a real BIND.</summary>
public sealed class DnsClientTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_every_type_that_discovery_needs()
    {
        await using var bind = await BindServer.StartAsync(Stop, nameServers: "ns1 A 127.0.0.1");

        Assert.Equal(IPAddress.Parse("192.0.2.1"), Assert.Single((await AskAsync(bind, "matrix.example.test", DnsType.A)).Data<AddressData>()).Address);
        Assert.Equal(IPAddress.Parse("2001:db8::1"), Assert.Single((await AskAsync(bind, "matrix.example.test", DnsType.AAAA)).Data<AddressData>()).Address);
        Assert.Equal(
            new ServiceData(10, 5, 8448, DnsName.Parse("matrix.example.test")),
            Assert.Single((await AskAsync(bind, "service.example.test", DnsType.SRV)).Data<ServiceData>()));
        var authorization = Assert.Single((await AskAsync(bind, "example.test", DnsType.CAA)).Data<AuthorityAuthorizationData>());
        Assert.Equal(new AuthorityAuthorizationData(128, "issue", "ca.example; validationmethods=dns-01"), authorization);
        Assert.True(authorization.IsCritical);
        Assert.Equal(
            new StartOfAuthorityData(DnsName.Parse("ns1.example.test"), DnsName.Parse("hostmaster.example.test"), 1, 3600, 600, 86400, 60),
            Assert.Single((await AskAsync(bind, "example.test", DnsType.SOA)).Data<StartOfAuthorityData>()));
        Assert.Equal(new NameData(DnsName.Parse("ns1.example.test")), Assert.Single((await AskAsync(bind, "example.test", DnsType.NS)).Data<NameData>()));
    }

    [Fact]
    public async Task Asks_by_tcp_for_what_no_datagram_holds()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var text = Assert.Single((await AskAsync(bind, "big.example.test", DnsType.TXT)).Data<TextData>());

        Assert.Equal(12, text.Strings.Length);
        Assert.Equal(string.Concat(Enumerable.Range(0, 12).Select(i => new string((char)('a' + i), 250))), text.Text);
    }

    [Fact]
    public async Task Tells_no_such_name_from_no_such_record_and_from_a_refusal()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var noName = await AskAsync(bind, "nobody.example.test", DnsType.A);
        var noRecord = await AskAsync(bind, "matrix.example.test", DnsType.TXT);
        var refused = await AskAsync(bind, "example.org", DnsType.A);

        Assert.Equal((DnsCode.NameError, true), (noName.Code, noName.IsDecided));
        Assert.Equal((DnsCode.NoError, true), (noRecord.Code, noRecord.IsDecided));
        Assert.Equal((DnsCode.Refused, false), (refused.Code, refused.IsDecided));
        Assert.All([noName, noRecord, refused], answer => Assert.True(answer is { IsAnswered: true, Records.IsEmpty: true, Failure: null }));
    }

    [Fact]
    public async Task Follows_aliases_from_zone_to_zone_and_stops_in_a_circle()
    {
        await using var bind = await BindServer.StartAsync(Stop);

        var delegated = await AskAsync(bind, "_acme-challenge.delegated.example.test", DnsType.TXT);
        var circle = await AskAsync(bind, "circle.example.test", DnsType.TXT);

        Assert.Equal(DnsName.Parse("delegated.other.test"), delegated.Target);
        Assert.Equal("the CNAMEs of circle.example.test lead in a circle", circle.Failure);
    }

    private static Task<DnsAnswer> AskAsync(BindServer bind, string name, DnsType type) =>
        new DnsClient([bind.EndPoint], TimeProvider.System).AskAsync(DnsName.Parse(name), type, Stop);
}
