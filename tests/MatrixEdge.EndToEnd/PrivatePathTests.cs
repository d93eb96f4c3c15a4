using System.Net;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>
/// Synapse's admin interface stays private, even for an administrator, however its path is written: nothing of such a
/// request reaches Synapse at all.
/// </summary>
public sealed class PrivatePathTests(TwoServers servers) : EndToEndTest(servers)
{
    private const string Admin = "/_synapse/admin/v1/server_version";

    public static TheoryData<string> Spellings =>
    [
        Admin,
        "//_synapse/admin/v1/server_version",
        "/_synapse//admin/v1/server_version",
        "/./_synapse/admin/v1/server_version",
        "/_synapse/./admin/v1/server_version",
        "/_matrix/../_synapse/admin/v1/server_version",
        "/_matrix/client/../../_synapse/admin/v1/server_version",
        "/_matrix/%2e%2e/_synapse/admin/v1/server_version",
        "/_matrix/%2E%2E/_synapse/admin/v1/server_version",
        "/_matrix/.%2e/_synapse/admin/v1/server_version",
        "/_matrix/..%2f_synapse/admin/v1/server_version",
        "/_matrix/client/..%2f..%2f_synapse/admin/v1/server_version",
        "/_matrix/client/%2e%2e%2F%2e%2e%2F_synapse/admin/v1/server_version",
        "/_matrix/..%5c_synapse/admin/v1/server_version",
        "/_matrix\\..\\_synapse\\admin\\v1\\server_version",
        "\\_synapse\\admin\\v1\\server_version",
        "/\\_synapse/admin/v1/server_version",
        "/_Synapse/admin/v1/server_version",
        "/_SYNAPSE/ADMIN/v1/server_version",
        "/%5fsynapse/admin/v1/server_version",
        "/%5Fsynapse/%61dmin/v1/server_version",
        "/_synapse/%61dmin/v1/server_version",
        "/_synapse%2fadmin/v1/server_version",
        "/_synapse%2Fadmin%2Fv1%2Fserver_version",
        "/%2f_synapse/admin/v1/server_version",
        "%2f_synapse/admin/v1/server_version",
        "/_synapse/client/../admin/v1/server_version",
        "/_synapse/client/%2e%2e/admin/v1/server_version",
        "/_synapse/client/..%2fadmin/v1/server_version",
        "/_synapse/client;/../admin/v1/server_version",
        "/_synapse/admin/v1/server_version/",
        "/_synapse/admin/v1/server_version?/_matrix/client/versions",
        "/_synapse/admin/v1/server_version#/_matrix/client/versions",
        "/_synapse\t/admin/v1/server_version",
        "/_synapse/admin/v1/server_version%00",
        "/_matrix%00/../_synapse/admin/v1/server_version",
        "/.well-known/matrix/../../_synapse/admin/v1/server_version",
        "https://localhost/_synapse/admin/v1/server_version",
        "https://localhost/_matrix/../_synapse/admin/v1/server_version",
        "http://127.0.0.1/_synapse/admin/v1/server_version",
        "HTTPS://localhost//_synapse/admin/v1/server_version",
    ];

    public static IEnumerable<TheoryDataRow<string>> SpellingsForHttp2 => Spellings
        .Select(row => row.Data)
        .Where(target => target.StartsWith('/') && !target.Contains('#', StringComparison.Ordinal) && !target.Contains('\t', StringComparison.Ordinal))
        .Select(target => new TheoryDataRow<string>(target));

    [Fact]
    public async Task The_admin_interface_is_there_for_who_asks_Synapse_itself()
    {
        using var direct = One.Direct();
        direct.Token = await One.Synapse.AdministratorAsync(Stop);

        var from = One.Synapse.LogLength();

        var version = await direct.AskAsync(HttpMethod.Get, Admin, cancellationToken: Stop);
        await One.Synapse.RequestAsync(from, line => line.Target == Admin, "the question", Stop);

        Assert.NotEmpty(version.GetProperty("server_version").GetString()!);
    }

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task No_administrator_gets_there_through_the_gateway(string target)
    {
        var token = await One.Synapse.AdministratorAsync(Stop);
        foreach (var port in new[] { One.Gateway.HttpsPort, One.Gateway.FederationPort })
        {
            var from = One.Synapse.LogLength();

            var answer = await RawRequest.SendAsync(
                port, Authority,
                $"GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n", Stop);

            Assert.InRange(answer.Status, 400, 499);
            Assert.DoesNotContain("server_version\"", answer.Text, StringComparison.Ordinal);
            await AssertNothingArrivedAsync(from, token);
        }
    }

    [Theory]
    [MemberData(nameof(SpellingsForHttp2))]
    public async Task No_administrator_gets_there_over_HTTP_2(string target)
    {
        using var user = One.Client(HttpVersion.Version20);
        user.Token = await One.Synapse.AdministratorAsync(Stop);
        var from = One.Synapse.LogLength();

        var text = "";
        try
        {
            using var answer = await user.SendAsync(HttpMethod.Get, target, cancellationToken: Stop);
            text = await answer.Content.ReadAsStringAsync(Stop);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError is HttpRequestError.HttpProtocolError)
        {
            // The stream was reset: not even an answer.
        }

        Assert.DoesNotContain("server_version\"", text, StringComparison.Ordinal);
        await AssertNothingArrivedAsync(from, user.Token);
    }

    // Only Java's servers read "..;" as "..": to Synapse it is a path like any other below /_matrix/.
    [Fact]
    public async Task What_is_no_dot_segment_to_any_homeserver_is_passed_on_and_leads_nowhere()
    {
        const string Target = "/_matrix/..;/_synapse/admin/v1/server_version";
        using var user = One.Client();
        user.Token = await One.Synapse.AdministratorAsync(Stop);
        var from = One.Synapse.LogLength();

        using var answer = await user.SendAsync(HttpMethod.Get, Target, cancellationToken: Stop);
        var request = await One.Synapse.RequestAsync(from, line => line.Target == Target, "the request", Stop);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(404, request.Status);
    }

    [Theory]
    [InlineData("GET", "/_synapse/admin/v2/users")]
    [InlineData("POST", "/_synapse/admin/v1/register")]
    [InlineData("PUT", "/_synapse/admin/v2/users/%40somebody%3Alocalhost")]
    [InlineData("DELETE", "/_synapse/admin/v2/rooms/%21room%3Alocalhost")]
    [InlineData("OPTIONS", "/_synapse/admin/v1/register")]
    [InlineData("GET", "/_synapse/metrics")]
    [InlineData("GET", "/_synapse/replication/")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/")]
    public async Task Nothing_else_that_is_private_is_passed_on(string method, string target)
    {
        using var user = One.Client();
        user.Token = await One.Synapse.AdministratorAsync(Stop);
        var from = One.Synapse.LogLength();

        using var answer = await user.SendAsync(new HttpMethod(method), target, method is "GET" or "OPTIONS" ? null : Json.Content(new { }), cancellationToken: Stop);

        if (method != "OPTIONS") // a preflight may be answered, at the edge
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await AssertNothingArrivedAsync(from, user.Token);
    }

    // A request that does arrive marks the end of what could have arrived before.
    private async Task AssertNothingArrivedAsync(int from, string token)
    {
        using var mark = One.Client();
        mark.Token = token;
        var target = "/_matrix/client/v3/account/whoami?mark=" + MatrixClient.NewTransaction();
        await mark.AskAsync(HttpMethod.Get, target, cancellationToken: Stop);
        await One.Synapse.RequestAsync(from, line => line.Target == target, "the mark", Stop);

        Assert.DoesNotContain(One.Synapse.Requests(from), line => line.Target != target && !IsKnown(line));
    }

    // The gateway's own question, what peers may send at any time, and an earlier test's long poll, which Synapse logs when it
    // notices that nobody waits for it any more.
    private static bool IsKnown(AccessLine line) =>
        line.Target is "/_matrix/client/versions" or "/_matrix/federation/v1/version" or "/_matrix/client/v1/media/config" or "/_matrix/media/v3/config"
        || (line.Target.StartsWith("/_matrix/federation/", StringComparison.Ordinal) && !line.Target.Contains("_synapse", StringComparison.OrdinalIgnoreCase))
        || line.Target.StartsWith("/_matrix/key/", StringComparison.Ordinal)
        || (line.Status == 499 && line.Target.StartsWith("/_matrix/client/v3/sync?timeout=", StringComparison.Ordinal) && !line.Target.Contains("_synapse", StringComparison.OrdinalIgnoreCase));
}
