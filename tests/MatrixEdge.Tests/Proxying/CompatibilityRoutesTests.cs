using MatrixEdge.Proxying;

namespace MatrixEdge.Tests.Proxying;

public sealed class CompatibilityRoutesTests
{
    [Theory]
    [InlineData("/_matrix/client/v3/login")]
    [InlineData("/_matrix/client/r0/login")]
    [InlineData("/_matrix/client/v1/login")]
    [InlineData("/_matrix/client/unstable/login")]
    [InlineData("/_matrix/client/v3/logout")]
    [InlineData("/_matrix/client/r0/logout")]
    [InlineData("/_matrix/client/v3/logout/all")]
    [InlineData("/_matrix/client/r0/logout/all")]
    [InlineData("/_matrix/client/v3/refresh")]
    [InlineData("/_matrix/client/v1/refresh")]
    [InlineData("/_matrix/client/v3/login/sso/redirect")]
    [InlineData("/_matrix/client/r0/login/sso/redirect")]
    [InlineData("/_matrix/client/v3/login/sso/redirect/github")]
    [InlineData("/_matrix/client/v3/login/sso/redirect/oidc-01HFRQFT5QFMJFGF01P7JAV2ME")]
    [InlineData("/_matrix/client/v3/login/sso/redirect/a%2Fb")]
    public void Are_the_authentication_services(string path) => Assert.True(CompatibilityRoutes.Owns(path));

    [Theory]
    [InlineData("/_matrix/client/v1/login/get_token")] // MAS's own sample for nginx takes this one
    [InlineData("/_matrix/client/v3/login/token")]
    [InlineData("/_matrix/client/v3/login/")]
    [InlineData("/_matrix/client/v3/login/sso")]
    [InlineData("/_matrix/client/v3/login/sso/redirect/")]
    [InlineData("/_matrix/client/v3/login/sso/redirect/a/b")]
    [InlineData("/_matrix/client/v3/login/cas/ticket")]
    [InlineData("/_matrix/client/v3/logins")]
    [InlineData("/_matrix/client/v3/logout/all/")]
    [InlineData("/_matrix/client/v3/logout/device")]
    [InlineData("/_matrix/client/v3/refresh/")]
    [InlineData("/_matrix/client/v3/refresh_token")]
    [InlineData("/_matrix/client/v3/Login")]
    [InlineData("/_matrix/client/v3/%6cogin")]
    [InlineData("/_matrix/client/v3/rooms/!r:example.com/state/com.example/login")]
    [InlineData("/_matrix/client/v3/rooms/!r:example.com/state/m.room.name/logout")]
    [InlineData("/_matrix/client/v3/rooms/login/refresh")]
    [InlineData("/_matrix/client/v3/rooms/!r:example.com/send/login/refresh")]
    [InlineData("/_matrix/client/v3/user/@login:example.com/account_data/login")]
    [InlineData("/_matrix/client/v3/profile/login")]
    [InlineData("/_matrix/client/v3/register")]
    [InlineData("/_matrix/client/v1/register/m.login.registration_token/validity")]
    [InlineData("/_matrix/client/v1/auth_metadata")]
    [InlineData("/_matrix/client/unstable/org.matrix.msc2965/auth_metadata")]
    [InlineData("/_matrix/client/unstable/org.matrix.msc3882/login/token")]
    [InlineData("/_matrix/client/api/v1/login")] // two segments: Synapse's, long gone, and no route of MAS
    [InlineData("/_matrix/client/login")]
    [InlineData("/_matrix/client//login")]
    [InlineData("/_matrix/client/")]
    [InlineData("/_matrix/federation/v1/login")]
    [InlineData("/_matrix/media/v3/login")]
    [InlineData("/_matrix/login")]
    [InlineData("/_synapse/client/login")]
    [InlineData("/login")]
    [InlineData("/")]
    public void Are_not(string path) => Assert.False(CompatibilityRoutes.Owns(path));
}
