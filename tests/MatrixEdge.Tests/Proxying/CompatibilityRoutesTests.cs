using MatrixEdge.Listening;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Proxying;

/// <summary>What goes to Matrix Authentication Service in the homeserver's place: these endpoints, and nothing that resembles them.</summary>
public sealed class CompatibilityRoutesTests
{
    private static readonly string[] Its =
    [
        "/_matrix/client/v3/login",
        "/_matrix/client/r0/login",
        "/_matrix/client/v1/login",
        "/_matrix/client/unstable/login",
        "/_matrix/client/v3/logout",
        "/_matrix/client/r0/logout",
        "/_matrix/client/v3/logout/all",
        "/_matrix/client/r0/logout/all",
        "/_matrix/client/v3/refresh",
        "/_matrix/client/v1/refresh",
        "/_matrix/client/v3/login/sso/redirect",
        "/_matrix/client/r0/login/sso/redirect",
        "/_matrix/client/v3/login/sso/redirect/github",
        "/_matrix/client/v3/login/sso/redirect/oidc-01HFRQFT5QFMJFGF01P7JAV2ME",
        "/_matrix/client/v3/login/sso/redirect/a%2Fb",
    ];

    private static readonly string[] NotIts =
    [
        "/_matrix/client/v1/login/get_token", // MAS's own sample for nginx takes this one
        "/_matrix/client/v3/login/token",
        "/_matrix/client/v3/login/",
        "/_matrix/client/v3/login/sso",
        "/_matrix/client/v3/login/sso/redirect/",
        "/_matrix/client/v3/login/sso/redirect/a/b",
        "/_matrix/client/v3/login/cas/ticket",
        "/_matrix/client/v3/logins",
        "/_matrix/client/v3/logout/all/",
        "/_matrix/client/v3/logout/device",
        "/_matrix/client/v3/refresh/",
        "/_matrix/client/v3/refresh_token",
        "/_matrix/client/v3/Login",
        "/_matrix/client/v3/%6cogin",
        "/_matrix/client/v3/rooms/!r:example.com/state/com.example/login",
        "/_matrix/client/v3/rooms/!r:example.com/state/m.room.name/logout",
        "/_matrix/client/v3/rooms/login/refresh",
        "/_matrix/client/v3/rooms/!r:example.com/send/login/refresh",
        "/_matrix/client/v3/user/@login:example.com/account_data/login",
        "/_matrix/client/v3/profile/login",
        "/_matrix/client/v3/register",
        "/_matrix/client/v1/register/m.login.registration_token/validity",
        "/_matrix/client/v1/auth_metadata",
        "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata",
        "/_matrix/client/unstable/org.matrix.msc3882/login/token",
        "/_matrix/client/api/v1/login", // two segments: Synapse's, long gone, and no route of MAS
        "/_matrix/client/login",
        "/_matrix/client//login",
        "/_matrix/client/",
        "/_matrix/federation/v1/login",
        "/_matrix/media/v3/login",
        "/_matrix/login",
        "/_synapse/client/login",
        "/login",
        "/",
    ];

    public static TheoryData<string> PathsOfTheService => [.. Its];

    public static TheoryData<string> OtherPaths => [.. NotIts];

    [Theory]
    [MemberData(nameof(PathsOfTheService))]
    public void Are_the_authentication_services(string path) => Assert.True(CompatibilityRoutes.Owns(path));

    [Theory]
    [MemberData(nameof(OtherPaths))]
    public void Are_not(string path) => Assert.False(CompatibilityRoutes.Owns(path));

    [Theory]
    [InlineData(nameof(ListenerKind.Https), "matrix.example.com")]
    [InlineData(nameof(ListenerKind.Federation), "matrix.example.com:8448")]
    [InlineData(nameof(ListenerKind.Https), "example.com")]
    public async Task Go_there_on_both_ports_by_each_host_of_the_homeserver(string listener, string host)
    {
        await using var homeserver = RawBackend.Answering();
        await using var service = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartAsync($$"""
            {
              "Sites": [{
                "ServerName": "example.com", "PublicHost": "matrix.example.com",
                "Homeserver": { "Kind": "Synapse", "Address": "http://127.0.0.1:{{homeserver.Port}}" },
                "AuthenticationService": { "Address": "http://127.0.0.1:{{service.Port}}" }
              }]
            }
            """);
        await using var connection = await gateway.ConnectAsync(Enum.Parse<ListenerKind>(listener));

        foreach (var path in Its.Concat(NotIts))
            await RawAnswer.ExchangeAsync(connection, $"GET {path}?x=%2F HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal(Its.Select(path => $"GET {path}?x=%2F HTTP/1.1"), service.Requests.Select(request => request.Line));
        Assert.Equal(
            NotIts.Where(path => path.StartsWith("/_matrix/", StringComparison.Ordinal) && !path.Contains("//", StringComparison.Ordinal)).Select(path => $"GET {path}?x=%2F HTTP/1.1"),
            homeserver.Requests.Select(request => request.Line).Where(line => line.StartsWith("GET /_matrix/", StringComparison.Ordinal)));
    }
}
