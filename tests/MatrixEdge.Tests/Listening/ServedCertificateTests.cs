using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Listening;

/// <summary>Which certificate whom, in the cell and on the wire.</summary>
public sealed class ServedCertificateTests
{
    private readonly TestAuthority authority = new();
    private readonly ServedCertificate served = new();

    [Theory]
    [InlineData("one.example", "one.example")]
    [InlineData("ONE.example", "one.example")]
    [InlineData("one.example.", "one.example")]
    [InlineData("two.example", "two.example")]
    [InlineData("www.two.example", "two.example")]
    [InlineData("of.the.certificate", "two.example")]
    [InlineData("a.wild.example", "*.wild.example")]
    [InlineData("b.wild.example", "*.wild.example")]
    [InlineData("a.b.wild.example", "one.example")]
    [InlineData("wild.example", "one.example")]
    [InlineData("münchen.example", "xn--mnchen-3ya.example")]
    [InlineData("xn--mnchen-3ya.example", "xn--mnchen-3ya.example")]
    [InlineData("unknown.example", "one.example")]
    [InlineData("", "one.example")]
    [InlineData(".", "one.example")]
    [InlineData(null, "one.example")]
    public void A_name_leads_to_its_certificate_and_any_other_to_the_first(string? serverName, string expected)
    {
        Publish("1", ["one.example"], "one.example");
        Publish("2", ["two.example", "www.two.example"], "two.example", "of.the.certificate");
        Publish("3", ["a.wild.example"], "*.wild.example");
        Publish("4", ["xn--mnchen-3ya.example"], "xn--mnchen-3ya.example");

        Assert.Equal(expected, NameServed(serverName));
    }

    [Fact]
    public void A_certificate_that_is_for_the_name_is_preferred_to_that_of_its_site()
    {
        Publish("1", ["one.example", "shared.example"], "one.example");
        Publish("2", ["two.example"], "two.example", "shared.example");

        Assert.Equal("two.example", NameServed("shared.example"));

        Publish("1", ["one.example", "shared.example"], "shared.example");

        Assert.Equal("shared.example", NameServed("shared.example"));
        Assert.Equal("shared.example", NameServed("one.example"));
    }

    [Fact]
    public void A_name_that_waits_for_its_certificate_gets_no_other_sites()
    {
        served.Expect("1", ["one.example", "a.wild.example"]);
        Publish("2", ["two.example"], "two.example", "*.wild.example");

        Assert.Null(NameServed("one.example"));
        Assert.Equal("two.example", NameServed("a.wild.example"));
        Assert.Equal("two.example", NameServed(null));
        Assert.Equal(["one.example"], served.NamesWithout);
        Assert.Null(served.Find("1"));

        Publish("1", ["one.example"], "one.example");

        Assert.Equal("one.example", NameServed("one.example"));
        Assert.Equal("one.example", NameServed(null));
        Assert.Empty(served.NamesWithout);
        Assert.Equal(["1", "2"], served.All.Select(entry => entry.Key));
    }

    [Fact]
    public void Names_change_and_go_with_their_site()
    {
        Publish("1", ["one.example"], "one.example");
        Publish("2", ["two.example"], "two.example");

        served.Expect("2", ["two.example", "three.example"]);

        Assert.Equal("two.example", NameServed("three.example"));

        served.Forget("2");

        Assert.Equal("one.example", NameServed("two.example"));
        Assert.Equal("one.example", NameServed("three.example"));
        served.Forget("1");
        Assert.Null(NameServed("one.example"));
        Assert.Empty(served.All);
    }

    [Fact]
    public void A_chain_that_cannot_be_served_changes_nothing()
    {
        var before = Publish("1", ["one.example"], "one.example");
        var alien = new TestAuthority().Issue("one.example");

        var refused = Assert.Throws<InvalidOperationException>(() => served.Publish("1", ["one.example"], new CertificateBundle(authority.Issue("one.example").Leaf, [.. alien.Chain])));

        Assert.Contains("is not the issuer of \"CN=one.example\"", refused.Message, StringComparison.Ordinal);
        Assert.Same(before, served.Find("1"));
        Assert.Equal("one.example", NameServed("one.example"));
    }

    [Fact]
    public void A_handshake_costs_no_memory_here()
    {
        Publish("1", ["one.example"], "one.example");
        Publish("2", ["*.two.example"], "*.two.example");

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
                served.FindIdentity(i % 2 == 0 ? "one.example" : "a.two.example");
        }));
    }

    [Fact]
    public async Task Both_ports_serve_each_site_its_own()
    {
        await using var gateway = await StartAsync();
        var cell = gateway.Services.GetRequiredService<ServedCertificate>();
        var (one, two) = (authority.Issue("one.example"), authority.Issue("two.example", "xn--mnchen-3ya.example"));
        cell.Publish("1", ["one.example"], new CertificateBundle(one.Leaf, [.. one.Chain]));
        cell.Publish("2", ["two.example", "xn--mnchen-3ya.example"], new CertificateBundle(two.Leaf, [.. two.Chain]));

        foreach (var kind in new[] { ListenerKind.Https, ListenerKind.Federation })
        {
            Assert.Equal([one.Serial, one.Chain[0].SerialNumber], (await gateway.HandshakeAsync(kind, "one.example")).Serials);
            Assert.Equal(two.Serial, (await gateway.HandshakeAsync(kind, "Two.Example")).Serials[0]);
            Assert.Equal(two.Serial, (await gateway.HandshakeAsync(kind, "xn--mnchen-3ya.example")).Serials[0]);
            Assert.Equal(one.Serial, (await gateway.HandshakeAsync(kind, "unknown.example")).Serials[0]);
            Assert.Equal(one.Serial, (await gateway.HandshakeAsync(kind, null)).Serials[0]);
        }
    }

    [Fact]
    public async Task Without_a_certificate_443_has_a_stopgap_that_says_so_and_8448_refuses_without_a_word_in_the_log()
    {
        await using var gateway = await StartAsync();
        var cell = gateway.Services.GetRequiredService<ServedCertificate>();
        cell.Expect("1", ["one.example", "192.0.2.1"]);
        cell.Expect("2", ["two.example"]);

        var stopgap = await LeafAsync(gateway, "one.example");
        var again = await LeafAsync(gateway, "unknown.example");
        var refused = await Record.ExceptionAsync(() => gateway.HandshakeAsync(ListenerKind.Federation, "one.example"));
        var two = authority.Issue("two.example");
        cell.Publish("2", ["two.example"], new CertificateBundle(two.Leaf, [.. two.Chain]));
        var afterwards = await LeafAsync(gateway, "one.example");
        var stillRefused = await Record.ExceptionAsync(() => gateway.HandshakeAsync(ListenerKind.Federation, "one.example"));

        Assert.Equal("CN=MatrixEdge has no certificate yet", stopgap.Subject);
        Assert.True(stopgap.MatchesHostname("one.example") && stopgap.MatchesHostname("two.example") && stopgap.MatchesHostname("192.0.2.1"));
        Assert.InRange(stopgap.NotAfter.ToUniversalTime(), DateTime.UtcNow.AddDays(6.9), DateTime.UtcNow.AddDays(7));
        Assert.Equal(stopgap, again);
        Assert.True(refused is IOException or AuthenticationException, refused?.ToString());
        Assert.Equal("CN=MatrixEdge has no certificate yet", afterwards.Subject);
        Assert.False(afterwards.MatchesHostname("two.example"));
        Assert.True(stillRefused is IOException or AuthenticationException, stillRefused?.ToString());
        Assert.Equal(two.Serial, (await LeafAsync(gateway, "two.example")).SerialNumber);
        Assert.Equal(two.Serial, (await gateway.HandshakeAsync(ListenerKind.Federation, "two.example")).Serials[0]);
        Assert.DoesNotContain(gateway.Events.All, entry => entry.Level > Serilog.Events.LogEventLevel.Information || entry.Exception is not null);
    }

    [Fact]
    public void The_stopgap_is_made_anew_in_time()
    {
        var time = new ManualTime(DateTimeOffset.UtcNow);
        var stopgap = new StopgapCertificate(time);
        var first = stopgap.IdentityFor(["one.example"]);

        time.Advance(TimeSpan.FromDays(3));
        Assert.Same(first, stopgap.IdentityFor(["one.example"]));

        time.Advance(TimeSpan.FromDays(1));
        Assert.NotSame(first, stopgap.IdentityFor(["one.example"]));
    }

    // The local authority's certificate, which every gateway starts with, is taken out again.
    private static async Task<RunningGateway> StartAsync()
    {
        var gateway = await RunningGateway.StartInFrontOfAsync(1);
        gateway.Services.GetRequiredService<ServedCertificate>().Forget("");
        await gateway.Events.WaitForAsync("does not answer");
        gateway.Events.Clear();
        return gateway;
    }

    private static async Task<X509Certificate2> LeafAsync(RunningGateway gateway, string serverName)
    {
        await using var tls = await gateway.ConnectAsync(ListenerKind.Https, serverName);
        return new X509Certificate2(tls.RemoteCertificate!);
    }

    private CertificateBundle Publish(string id, string[] names, params string[] ofCertificate)
    {
        var issued = authority.Issue(ofCertificate);
        var bundle = new CertificateBundle(issued.Leaf, [.. issued.Chain]);
        served.Publish(id, names, bundle);
        return bundle;
    }

    // By its common name, which is the first of its names.
    private string? NameServed(string? serverName) =>
        served.FindIdentity(serverName)?.Bundle.Leaf.Subject["CN=".Length..];
}
