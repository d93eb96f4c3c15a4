using System.Net;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>Synapse believes <c>X-Forwarded-For</c>; so it must say what the gateway saw, and nothing that a client says.</summary>
public sealed class ClientAddressTests(TwoServers servers) : EndToEndTest(servers)
{
    // An address of this host that is neither the gateway's nor the system's choice.
    private static readonly IPAddress Elsewhere = IPAddress.Parse("127.0.0.2");

    public static TheoryData<string, string[]> Forgeries => new()
    {
        { "one", ["X-Forwarded-For: 203.0.113.7"] },
        { "a list", ["X-Forwarded-For: 203.0.113.7, 198.51.100.9"] },
        { "two lines", ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-For: 198.51.100.9"] },
        { "other spelling", ["x-FORWARDED-for: 203.0.113.7"] },
        { "its own address first", ["X-Forwarded-For: 127.0.0.2, 203.0.113.7"] },
        { "empty", ["X-Forwarded-For: "] },
        { "garbage", ["X-Forwarded-For: unknown, _hidden, 203.0.113.7:99"] },
        { "named as hop by hop", ["X-Forwarded-For: 203.0.113.7", "Connection: X-Forwarded-For, X-Forwarded-Proto"] },
        { "other headers", ["X-Real-IP: 203.0.113.7", "Forwarded: for=203.0.113.7;proto=http", "X-Client-IP: 203.0.113.7", "True-Client-IP: 203.0.113.7"] },
        { "all", ["X-Real-IP: 203.0.113.7", "Forwarded: for=203.0.113.7", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: evil.example"] },
    };

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Synapse_sees_the_address_of_the_client(string version)
    {
        var from = One.Synapse.LogLength();
        using var user = await One.NewUserAsync(Stop, Version.Parse(version), Elsewhere);

        var request = await One.Synapse.RequestAsync(from, line => line.Target == "/_matrix/client/v3/register", "the registration", Stop);

        Assert.Equal(Elsewhere.ToString(), request.Address);
    }

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task Synapse_does_not_get_an_address_that_a_client_forged(string which, string[] lines)
    {
        var target = "/_matrix/client/v3/profile/" + Uri.EscapeDataString($"@{MatrixClient.NewName()}:{One.Name}");
        var from = One.Synapse.LogLength();

        var answer = await RawRequest.SendAsync(
            One.Gateway.HttpsPort, Authority,
            $"GET {target} HTTP/1.1\r\nHost: localhost:{One.Gateway.HttpsPort}\r\n{string.Concat(lines.Select(line => line + "\r\n"))}"
            + (lines.Any(line => line.StartsWith("Connection:", StringComparison.Ordinal)) ? "" : "Connection: close\r\n") + "\r\n",
            Stop, Elsewhere);
        var request = await One.Synapse.RequestAsync(from, line => line.Target == target, $"the forgery of {which}", Stop);

        Assert.Equal(404, answer.Status);
        Assert.Equal(Elsewhere.ToString(), request.Address);
    }

    [Fact]
    public async Task Synapse_does_not_get_an_address_that_was_forged_over_HTTP_2()
    {
        using var user = One.Client(HttpVersion.Version20, Elsewhere);
        var target = "/_matrix/client/v3/profile/" + Uri.EscapeDataString($"@{MatrixClient.NewName()}:{One.Name}");
        var from = One.Synapse.LogLength();

        using var answer = await user.SendAsync(
            HttpMethod.Get, target, headers: [("X-Forwarded-For", "203.0.113.7"), ("X-Real-IP", "203.0.113.7"), ("Forwarded", "for=203.0.113.7")], cancellationToken: Stop);
        var request = await One.Synapse.RequestAsync(from, line => line.Target == target, "the forgery", Stop);

        Assert.Equal(Elsewhere.ToString(), request.Address);
    }

    [Fact]
    public async Task The_device_list_of_a_user_names_the_real_address()
    {
        using var user = await One.NewUserAsync(Stop, from: Elsewhere);
        (string, string)[] forged = [("X-Forwarded-For", "203.0.113.7")];

        // Synapse keeps the address of a session some seconds later.
        var seen = await Until.FoundAsync(
            async () =>
            {
                using var answer = await user.SendAsync(HttpMethod.Get, "/_matrix/client/v3/devices", headers: forged, cancellationToken: Stop);
                using var devices = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop));
                var last = devices.RootElement.GetProperty("devices")[0].GetProperty("last_seen_ip");
                return last.ValueKind == System.Text.Json.JsonValueKind.String ? last.GetString() : null;
            },
            "last_seen_ip", Stop);

        Assert.Equal(Elsewhere.ToString(), seen);
    }
}
