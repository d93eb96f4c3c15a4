using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

/// <summary>Who may stand in front of the gateway, and how operators write it.</summary>
public sealed class TrustedProxiesTests
{
    [Theory]
    [InlineData("\"private\"", "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 127.0.0.1 ::1 fd00::1 ::ffff:10.0.0.1", "172.15.255.255 172.32.0.1 192.169.0.1 100.64.0.1 169.254.1.1 fe80::1 2001:db8::1 ::2")]
    [InlineData("\"Cloudflare\"", "104.16.0.1 104.27.255.255 173.245.48.1 2606:4700::1 2a06:98c7:ffff::1 ::ffff:104.16.0.1", "104.28.0.0 104.15.255.255 10.0.0.1 127.0.0.1 ::1 2606:4701::1")]
    [InlineData("\"10.0.0.1\", \"2001:db8::1\"", "10.0.0.1 2001:db8::1", "10.0.0.0 10.0.0.2 2001:db8::2")]
    [InlineData("\"10.0.0.0/8\", \"private\", \"10.0.0.0/9\", \"2001:db8::/32\"", "10.255.255.255 192.168.0.1 2001:db8:ffff::", "11.0.0.0 2001:db9::")]
    [InlineData("\"::ffff:10.0.0.0/104\", \"::ffff:192.0.2.1\"", "10.1.2.3 192.0.2.1", "11.0.0.0 192.0.2.2 ::1")]
    [InlineData("\"0.0.0.0/0\"", "0.0.0.0 255.255.255.255 ::ffff:1.2.3.4", ":: ::1 ffff::")]
    [InlineData("\"::/0\"", ":: ::1 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "127.0.0.1 255.255.255.255")]
    [InlineData("", "", "127.0.0.1 ::1 10.0.0.1")]
    public void Are_those_of_the_list_and_nobody_else(string list, string theirs, string others)
    {
        var (proxies, problems) = Parse($"{{ \"TrustedProxies\": [{list}] }}");

        Assert.Empty(problems.Found);
        Assert.All(theirs.Split(' ', StringSplitOptions.RemoveEmptyEntries), address => Assert.True(proxies.Contains(IPAddress.Parse(address)), address));
        Assert.All(others.Split(' '), address => Assert.False(proxies.Contains(IPAddress.Parse(address)), address));
    }

    [Fact]
    public void Looking_up_agrees_with_asking_each_network()
    {
        var random = new Random(8);
        for (var round = 0; round < 200; round++)
        {
            // Close together, so that networks touch, overlap and hold one another.
            ImmutableArray<IPNetwork> networks = [.. Enumerable.Range(0, random.Next(12)).Select(_ => Network(random))];
            var proxies = TrustedProxies.Of(networks);

            for (var i = 0; i < 200; i++)
            {
                var address = Address(random, random.Next(2) == 0 ? 4 : 16);
                Assert.True(proxies.Contains(address) == networks.Any(network => network.Contains(address)), $"{address} in {string.Join(", ", networks)}");
            }
        }

        static IPNetwork Network(Random random)
        {
            var length = random.Next(2) == 0 ? 4 : 16;
            var prefix = (length * 8) - random.Next(12);
            var bytes = Address(random, length).GetAddressBytes();
            for (var bit = prefix; bit < length * 8; bit++)
                bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
            return new IPNetwork(new IPAddress(bytes), prefix);
        }

        static IPAddress Address(Random random, int length)
        {
            var bytes = new byte[length];
            bytes[0] = length == 4 ? (byte)10 : (byte)0x20;
            (bytes[^2], bytes[^1]) = ((byte)random.Next(4), (byte)random.Next(256));
            return new IPAddress(bytes);
        }
    }

    [Theory]
    [InlineData("cloudflair", "did you mean \"cloudflare\"? It must be an address, a network, \"cloudflare\" or \"private\"")]
    [InlineData("privat", "did you mean \"private\"? It must be an address, a network, \"cloudflare\" or \"private\"")]
    [InlineData("fastly", "must be an address or a network, for example \"10.0.0.0/8\" or \"2001:db8::/32\", or one of the names \"cloudflare\" and \"private\"")]
    [InlineData("10", "must be an address or a network, for example \"10.0.0.0/8\" or \"2001:db8::/32\", or one of the names \"cloudflare\" and \"private\"")]
    [InlineData("10/8", "must be an address or a network, for example \"10.0.0.0/8\" or \"2001:db8::/32\", or one of the names \"cloudflare\" and \"private\"")]
    [InlineData("10.1.2.3/8", "the address has bits beyond its prefix; write \"10.0.0.0/8\"")]
    public void A_mistake_is_told_with_a_remedy(string entry, string remedy)
    {
        var (_, problems) = Parse($$"""{ "TrustedProxies": [ "10.0.0.1", "{{entry}}" ] }""");

        Assert.Equal($"MatrixEdge:TrustedProxies:1 is \"{entry}\": {remedy}", Assert.Single(problems.Found).ToString());
    }

    [Fact]
    public void The_list_of_Cloudflare_is_whole_and_has_its_date()
    {
        var shipped = CloudflareNetworks.Shipped;

        Assert.Equal(15, shipped.All.Count(network => network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork));
        Assert.Equal(7, shipped.All.Count(network => network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6));
        Assert.Equal(22, shipped.All.Distinct().Count());
        Assert.InRange(shipped.Date, new DateOnly(2026, 8, 22), DateOnly.FromDateTime(DateTime.UtcNow.AddDays(1)));
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"cloudflare (list of {shipped.Date:yyyy-MM-dd}), 10.0.0.0/8, private"), Parse("""{ "TrustedProxies": [ "cloudflare", "10.0.0.0/8", "private" ] }""").Proxies.Words);
    }

    [Theory]
    [InlineData("cloudflare", 0, false)]
    [InlineData("cloudflare", 365, false)]
    [InlineData("cloudflare", 366, true)]
    [InlineData("cloudflare", 4000, true)]
    [InlineData("private", 4000, false)]
    public void A_list_older_than_a_year_is_told(string entry, int days, bool isTold)
    {
        var (proxies, problems) = Parse($$"""{ "TrustedProxies": [ "{{entry}}" ] }""");
        var time = new ManualTime(new DateTimeOffset(CloudflareNetworks.Shipped.Date, new TimeOnly(12, 0), TimeSpan.Zero));
        time.Advance(TimeSpan.FromDays(days));

        var note = proxies.FindNote(time.GetUtcNow());

        Assert.Empty(problems.Notes);
        Assert.Equal(isTold, note is not null);
        if (isTold)
        {
            Assert.Contains(CloudflareNetworks.Shipped.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), note, StringComparison.Ordinal);
            Assert.Contains("Update MatrixEdge, or look at https://www.cloudflare.com/ips/", note, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("x-forwarded-for", nameof(ClientAddressHeader.XForwardedFor), null)]
    [InlineData("CF-Connecting-IP", nameof(ClientAddressHeader.CfConnectingIp), null)]
    [InlineData("CF-Conecting-IP", nameof(ClientAddressHeader.XForwardedFor), "did you mean \"CF-Connecting-IP\"? It must be one of X-Forwarded-For, CF-Connecting-IP")]
    [InlineData("Forwarded", nameof(ClientAddressHeader.XForwardedFor), "It must be one of X-Forwarded-For, CF-Connecting-IP")]
    public void The_header_is_one_of_two(string text, string header, string? remedy)
    {
        var (proxies, problems) = Parse($$"""{ "TrustedProxies": [ "cloudflare" ], "ClientAddressHeader": "{{text}}" }""");

        Assert.Equal(header, proxies.Header.ToString());
        Assert.Equal(remedy is null ? "" : $"MatrixEdge:ClientAddressHeader is \"{text}\": {remedy}", string.Join('\n', problems.Found));
        Assert.Empty(problems.Notes);
    }

    [Theory]
    [InlineData("""{ "ClientAddressHeader": "CF-Connecting-IP" }""", true)]
    [InlineData("""{ "ClientAddressHeader": "CF-Connecting-IP", "TrustedProxies": [] }""", true)]
    [InlineData("""{ "ClientAddressHeader": "X-Forwarded-For", "TrustedProxies": [] }""", false)]
    public void A_header_that_nobody_may_send_is_told(string section, bool isTold)
    {
        var (_, problems) = Parse(section);

        Assert.Empty(problems.Found);
        Assert.Equal(
            isTold ? ["MatrixEdge:ClientAddressHeader is \"CF-Connecting-IP\", and nobody is trusted to send it: name who stands in front, for example \"TrustedProxies\": [ \"cloudflare\" ]"] : [],
            problems.Notes);
    }

    private static (TrustedProxies Proxies, Problems Problems) Parse(string section)
    {
        var problems = new Problems();
        return (TrustedProxies.Parse(new SettingsSection(JsonNode.Parse(section), "MatrixEdge", problems)), problems);
    }
}
