using System.Globalization;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

/// <summary>On which listeners proxies begin with a PROXY header.</summary>
public sealed class ProxyProtocolSettingsTests
{
    [Theory]
    [InlineData("""[ "Admin" ]""", """ "TrustedProxies": [ "private" ]""", "MatrixEdge:Listen:ProxyProtocol:0 is \"Admin\": it must be one of Http, Https, Federation: the listeners that a proxy stands in front of")]
    [InlineData("""[ "https", 1 ]""", """ "TrustedProxies": [ "private" ]""", "MatrixEdge:Listen:ProxyProtocol:1 is 1: it must be one of Http, Https, Federation: the listeners that a proxy stands in front of")]
    [InlineData("true", """ "TrustedProxies": [ "private" ]""", "MatrixEdge:Listen:ProxyProtocol is true: must be a list, [ … ]")]
    [InlineData("""[ "Https" ]""", """ "TrustedProxies": []""", "MatrixEdge:Listen:ProxyProtocol: nobody is trusted to send a PROXY header; name the proxies that stand in front, for example \"TrustedProxies\": [ \"10.0.0.5\" ], or leave this key out")]
    [InlineData("""[ "Https" ]""", """ "TrustedProxies": [ "x" ]""", "MatrixEdge:TrustedProxies:0 is \"x\": must be an address or a network, for example \"10.0.0.0/8\" or \"2001:db8::/32\", or one of the names \"cloudflare\" and \"private\"")]
    public void A_mistake_about_PROXY_headers_is_told_with_a_remedy(string listeners, string more, string expected)
    {
        using var folder = new TemporaryFolder();

        var (settings, _, problems) = UnderstoodConfiguration.Of(folder, Configuration(listeners, more));

        Assert.Null(settings);
        Assert.Equal(expected, Assert.Single(problems.Found).ToString());
    }

    [Fact]
    public void PROXY_headers_are_expected_where_they_are_chosen()
    {
        using var folder = new TemporaryFolder();

        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Configuration("""[ "federation", "Https", "Https" ]""", """ "TrustedProxies": [ "private" ]"""));

        Assert.Equal(["MatrixEdge:Listen:Https", "MatrixEdge:Listen:Federation"], settings.Listen.WithProxyHeader.Select(address => address.Key));
    }

    [Fact]
    public void PROXY_headers_on_a_closed_listener_are_told()
    {
        using var folder = new TemporaryFolder();

        var (_, _, problems) = UnderstoodConfiguration.Of(folder, Configuration("""[ "Https", "Http" ], "Http": "" """, """ "TrustedProxies": [ "private" ]"""));

        Assert.Empty(problems.Found);
        Assert.Equal(["MatrixEdge:Listen:ProxyProtocol:1 names a listener that is closed, and has no effect"], problems.Notes);
    }

    [Fact]
    public void What_is_believed_is_reported()
    {
        using var folder = new TemporaryFolder();
        var (settings, _) = UnderstoodConfiguration.Soundly(
            folder, Configuration("""[ "Https", "Federation" ]""", """ "TrustedProxies": [ "cloudflare", "10.0.0.5" ], "ClientAddressHeader": "CF-Connecting-IP" """));

        using var report = new StringWriter(CultureInfo.InvariantCulture);
        CheckReport.Write(report, settings, bundle: null, []);

        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"  believed     CF-Connecting-IP from cloudflare (list of {CloudflareNetworks.Shipped.Date:yyyy-MM-dd}), 10.0.0.5/32\n  PROXY header from those on 443, 8448\n"),
            report.ToString(), StringComparison.Ordinal);
    }

    private static string Configuration(string listeners, string more) => $$"""
        {
          "MatrixEdge": {
            "Certificate": { "Source": "Local" }, "Listen": { "ProxyProtocol": {{listeners}} }, {{more}},
            "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }]
          }
        }
        """;
}
