using MatrixEdge.Protocol;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Protocol;

public class OperationsTests
{
    private const string Room = "!aSdFgHjKl%3Aexample.org";
    private const string RoomWithoutDomain = "!hHmVbN0kQw3lYz-9aB_7cD1eF2gH3iJ4kL5mN6oP7qR";

    public static TheoryData<string, string, string> Requests => new()
    {
        // Rooms, as clients really write them
        { "PUT", $"/_matrix/client/v3/rooms/{Room}/send/m.room.message/m1700000000000.3", "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}" },
        { "PUT", "/_matrix/client/v3/rooms/%21abc%3aexample.org/send/m.room.encrypted/1", "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}" },
        { "PUT", $"/_matrix/client/v3/rooms/{RoomWithoutDomain}/send/m.reaction/a%2Fb", "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}" },
        { "PUT", $"/_matrix/client/v3/rooms/{Room}/send/typing/1", "PUT /_matrix/client/v3/rooms/{roomId}/send/{eventType}/{txnId}" },
        { "POST", $"/_matrix/client/v3/rooms/{Room}/send/m.room.message", "POST /_matrix/client/v3/rooms/{roomId}/send/{eventType}" },
        { "PUT", $"/_matrix/client/v3/rooms/{Room}/redact/$ev%2Fent/1", "PUT /_matrix/client/v3/rooms/{roomId}/redact/{eventId}/{txnId}" },
        { "PUT", $"/_matrix/client/v3/rooms/{Room}/state/m.room.name/", "PUT /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}" },
        { "PUT", $"/_matrix/client/v3/rooms/{Room}/state/m.room.name", "PUT /_matrix/client/v3/rooms/{roomId}/state/{eventType}" },
        { "GET", $"/_matrix/client/v3/rooms/{Room}/state/m.room.member/%40alice%3Aexample.org", "GET /_matrix/client/v3/rooms/{roomId}/state/{eventType}/{stateKey}" },
        { "GET", $"/_matrix/client/v3/rooms/{Room}/state", "GET /_matrix/client/v3/rooms/{roomId}/state" },
        { "GET", $"/_matrix/client/v3/rooms/{Room}/state/", "GET /_matrix/client/v3/rooms/{roomId}/state/{eventType}" },
        { "GET", $"/_matrix/client/v3/rooms/{RoomWithoutDomain}/messages", "GET /_matrix/client/v3/rooms/{roomId}/messages" },
        { "GET", "/_matrix/client/v3/rooms//state", "GET /_matrix/client/v3/rooms/{roomId}/state" },
        { "GET", "/_matrix/client/v3/rooms/members/members", "GET /_matrix/client/v3/rooms/{roomId}/members" },
        { "GET", $"/_matrix/client/v1/rooms/{Room}/relations/$ev", "GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}" },
        { "GET", $"/_matrix/client/v1/rooms/{Room}/relations/$ev/m.thread/m.room.message", "GET /_matrix/client/v1/rooms/{roomId}/relations/{eventId}/{relType}/{eventType}" },
        { "GET", $"/_matrix/client/v1/rooms/{Room}/hierarchy", "GET /_matrix/client/v1/rooms/{roomId}/hierarchy" },
        { "POST", "/_matrix/client/v3/join/%23room%3Aexample.org", "POST /_matrix/client/v3/join/{roomIdOrAlias}" },
        { "GET", "/_matrix/client/v3/directory/room/%23a%2Fb%3Aexample.org", "GET /_matrix/client/v3/directory/room/{roomAlias}" },

        // Users, keys, the rest of the client-server API
        { "GET", "/_matrix/client/versions", "GET /_matrix/client/versions" },
        { "GET", "/_matrix/client/v3/sync", "GET /_matrix/client/v3/sync" },
        { "POST", "/_matrix/client/v4/sync", "POST /_matrix/client/v4/sync" },
        { "GET", "/_matrix/client/v3/profile/@alice:example.org/displayname", "GET /_matrix/client/v3/profile/{userId}/{keyName}" },
        { "PUT", "/_matrix/client/v3/room_keys/keys/!Gt:x/JOf%2Fuv%2BJ5p", "PUT /_matrix/client/v3/room_keys/keys/{roomId}/{sessionId}" },
        { "GET", "/_matrix/client/v3/room_keys/version/", "GET /_matrix/client/v3/room_keys/version/{version}" },
        { "GET", "/_matrix/client/v3/pushrules/", "GET /_matrix/client/v3/pushrules/" },
        { "GET", "/_matrix/client/v3/pushrules/global/", "GET /_matrix/client/v3/pushrules/global/" },
        { "PUT", "/_matrix/client/v3/pushrules/global/override/.m.rule.master/enabled", "PUT /_matrix/client/v3/pushrules/global/{kind}/{ruleId}/enabled" },
        { "POST", "/_matrix/client/v1/login/get_token", "POST /_matrix/client/v1/login/get_token" },
        { "GET", "/_matrix/client/v3/login/sso/redirect/oidc-google", "GET /_matrix/client/v3/login/sso/redirect/{idpId}" },
        { "GET", "/_matrix/client/v3/auth/m.login.recaptcha/fallback/web", "GET /_matrix/client/v3/auth/{authType}/fallback/web" },
        { "POST", "/_matrix/client/v3/account/3pid/email/requestToken", "POST /_matrix/client/v3/account/3pid/email/requestToken" },
        { "GET", "/_matrix/client/v1/media/download/example.org/abc/a%20b.png", "GET /_matrix/client/v1/media/download/{serverName}/{mediaId}/{fileName}" },

        // Names from before v3
        { "GET", "/_matrix/client/r0/sync", "GET /_matrix/client/r0/sync" },
        { "PUT", $"/_matrix/client/r0/rooms/{Room}/send/m.room.message/1", "PUT /_matrix/client/r0/rooms/{roomId}/send/{eventType}/{txnId}" },
        { "POST", "/_matrix/client/api/v1/login", "POST /_matrix/client/api/v1/login" },
        { "GET", "/_matrix/client/api/v1/events", "GET /_matrix/client/api/v1/events" },
        { "POST", "/_matrix/client/unstable/keys/device_signing/upload", "POST /_matrix/client/unstable/keys/device_signing/upload" },
        { "GET", "/_matrix/media/r0/download/example.org/abc", "GET /_matrix/media/r0/download/{serverName}/{mediaId}" },
        { "POST", "/_matrix/media/v1/upload", "POST /_matrix/media/v1/upload" },
        { "POST", "/_matrix/media/v1/create", "POST /_matrix/media/v1/create" },
        { "PUT", "/_matrix/federation/v1/send_join/!r:x/$e", "PUT /_matrix/federation/v1/send_join/{roomId}/{eventId}" },
        { "GET", "/_matrix/key/v2/server/", "GET /_matrix/key/v2/server/{keyId}" },
        { "GET", "/_matrix/key/v1/", "GET /_matrix/key/v1/" },

        // Proposals
        { "POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", "POST /_matrix/client/unstable/org.matrix.simplified_msc3575/sync" },
        { "PUT", "/_matrix/client/unstable/org.matrix.msc4108/rendezvous/01HQ3", "PUT /_matrix/client/unstable/org.matrix.msc4108/rendezvous/{rendezvousId}" },
        { "GET", "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata", "GET /_matrix/client/unstable/org.matrix.msc2965/auth_metadata" },
        { "GET", "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports", "GET /_matrix/client/unstable/org.matrix.msc4143/rtc/transports" },
        { "POST", "/_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/X/events", "POST /_matrix/client/unstable/org.matrix.msc3814.v1/dehydrated_device/{deviceId}/events" },
        { "POST", "/_matrix/client/unstable/org.matrix.msc4140/delayed_events/syd_1/restart", "POST /_matrix/client/unstable/org.matrix.msc4140/delayed_events/{delayId}/restart" },
        { "GET", "/_matrix/client/unstable/im.nheko.summary/summary/%23a%3Ab", "GET /_matrix/client/unstable/im.nheko.summary/summary/{roomIdOrAlias}" },

        // Between servers
        { "GET", "/_matrix/federation/v1/make_join/%21scl%3Ajunta.pl/%40benpa%3Amatrix.org", "GET /_matrix/federation/v1/make_join/{roomId}/{userId}" },
        { "PUT", "/_matrix/federation/v2/send_join/%21r%3Ax/%24e", "PUT /_matrix/federation/v2/send_join/{roomId}/{eventId}" },
        { "PUT", "/_matrix/federation/v1/send/1700000000000", "PUT /_matrix/federation/v1/send/{txnId}" },
        { "GET", "/_matrix/federation/v1/query/directory", "GET /_matrix/federation/v1/query/directory" },
        { "GET", "/_matrix/federation/v1/query/secret-plan", "GET /_matrix/federation/v1/query/{queryType}" },
        { "GET", "/_matrix/federation/v1/media/download/abc", "GET /_matrix/federation/v1/media/download/{mediaId}" },
        { "GET", "/_matrix/key/v2/query/matrix.org", "GET /_matrix/key/v2/query/{serverName}" },
        { "PUT", "/_matrix/app/v1/transactions/7", "PUT /_matrix/app/v1/transactions/{txnId}" },
        { "POST", "/_matrix/push/v1/notify", "POST /_matrix/push/v1/notify" },
        { "GET", "/_matrix/identity/v2/pubkey/isvalid", "GET /_matrix/identity/v2/pubkey/isvalid" },
        { "GET", "/_matrix/identity/v2/pubkey/ed25519%3A0", "GET /_matrix/identity/v2/pubkey/{keyId}" },

        // Homeservers' own
        { "GET", "/health", "GET /health" },
        { "GET", "/_synapse/client/pick_idp", "GET /_synapse/client/pick_idp" },
        { "GET", "/_synapse/client/rendezvous/01HQ3", "GET /_synapse/client/rendezvous/{rendezvousId}" },
        { "GET", "/_conduwuit/local_user_count", "GET /_conduwuit/local_user_count" },
        { "GET", "/_continuwuity/server_version", "GET /_continuwuity/server_version" },
        { "POST", "/_tuwunel/oidc/token", "POST /_tuwunel/oidc/token" },

        // Methods
        { "HEAD", "/_matrix/client/versions", "HEAD /_matrix/client/versions" },
        { "HEAD", "/_matrix/media/v3/download/example.org/abc", "HEAD /_matrix/media/v3/download/{serverName}/{mediaId}" },
        { "HEAD", "/_matrix/client/v3/createRoom", "HEAD /_matrix/client/*" },
        { "OPTIONS", "/_matrix/client/v3/sync", "OPTIONS /_matrix/client/*" },
        { "OPTIONS", "*", "OPTIONS *" },
        { "PATCH", "/_matrix/client/v3/sync", "PATCH /_matrix/client/*" },
        { "PUT", "/_matrix/federation/v1/query/directory", "PUT /_matrix/federation/*" },
        { "get", "/_matrix/client/v3/sync", "OTHER /_matrix/client/*" },
        { "PROPFIND", "/_matrix/client/v3/sync", "OTHER /_matrix/client/*" },
        { "OTHER", "/", "OTHER *" },
        { "", "/health", "OTHER *" },

        // Unknown
        { "GET", "/_matrix/client/v3/rooms/!r:x/nonsense", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/v3/sync/", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/v3/%73ync", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/v3/SYNC", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/v9/sync", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/v3/rooms/!r:x%2Fmembers", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/unstable/org.example.msc0/thing", "GET /_matrix/client/unstable/*" },
        { "GET", "/_matrix/client", "GET /_matrix/client/*" },
        { "GET", "/_matrix/client/", "GET /_matrix/client/*" },
        { "GET", "/_matrix/{roomId}", "GET /_matrix/*" },
        { "GET", "/_matrix/clientele/v3/sync", "GET /_matrix/*" },
        { "GET", "/_matrixx/client/v3/sync", "GET *" },
        { "GET", "//_matrix/client/v3/sync", "GET *" },
        { "GET", "/_matrix/../_synapse/admin/v1/users", "GET /_matrix/*" },
        { "POST", "/_matrix/federation/v1/%2e%2e/send/1", "POST /_matrix/federation/*" },
        { "GET", "/_matrix/media/v3/strange", "GET /_matrix/media/*" },
        { "GET", "/_synapse/client/strange", "GET /_synapse/client/*" },
        { "DELETE", "/_synapse/admin/v2/rooms/!r:x", "DELETE /_synapse/admin/*" },
        { "GET", "/_continuwuity/account/password/change", "GET /_continuwuity/account/*" },
        { "GET", "/", "GET *" },
        { "GET", "", "GET *" },
        { "GET", "index.html", "GET *" },
        { "GET", "http://example.org/_matrix/client/v3/sync", "GET *" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void Names_the_operation_of_a_request(string method, string path, string template) =>
        Assert.Equal(template, Operations.Find(method, path).Template);

    [Theory]
    [InlineData("GET", "/_matrix/client/v3/sync", nameof(Patience.LongPoll))]
    [InlineData("GET", "/_matrix/client/r0/events", nameof(Patience.LongPoll))]
    [InlineData("GET", "/_matrix/client/v3/events/$e", nameof(Patience.Ordinary))]
    [InlineData("POST", "/_matrix/client/unstable/org.matrix.simplified_msc3575/sync", nameof(Patience.LongPoll))]
    [InlineData("POST", "/_matrix/client/v3/join/!r", nameof(Patience.SlowRoom))]
    [InlineData("POST", "/_matrix/client/api/v1/rooms/!r/leave", nameof(Patience.SlowRoom))]
    [InlineData("POST", "/_matrix/client/v3/createRoom", nameof(Patience.SlowRoom))]
    [InlineData("PUT", "/_matrix/client/v3/rooms/!r/send/m.room.message/1", nameof(Patience.Ordinary))]
    [InlineData("PUT", "/_matrix/federation/v2/send_join/!r/$e", nameof(Patience.SlowRoom))]
    [InlineData("GET", "/_matrix/federation/v1/make_join/!r/@u:x", nameof(Patience.SlowRoom))]
    [InlineData("PUT", "/_matrix/federation/v1/send/1", nameof(Patience.Ordinary))]
    [InlineData("POST", "/_matrix/media/v3/upload", nameof(Patience.Media))]
    [InlineData("HEAD", "/_matrix/client/v1/media/download/x/y", nameof(Patience.Media))]
    [InlineData("GET", "/_matrix/client/v1/media/config", nameof(Patience.Ordinary))]
    [InlineData("GET", "/_matrix/client/v1/media/new_thing/x", nameof(Patience.Media))]
    [InlineData("GET", "/_matrix/media/v9/download/x/y", nameof(Patience.Media))]
    [InlineData("GET", "/_matrix/client/v3/capabilities", nameof(Patience.Ordinary))]
    [InlineData("GET", "/", nameof(Patience.Ordinary))]
    public void Knows_how_patient_to_be(string method, string path, string patience) =>
        Assert.Equal(patience, Operations.Find(method, path).Patience.ToString());

    [Theory]
    [InlineData("POST", "/_matrix/client/v3/login", nameof(LimitGroup.Login))]
    [InlineData("POST", "/_matrix/client/r0/login", nameof(LimitGroup.Login))]
    [InlineData("POST", "/_matrix/client/api/v1/login", nameof(LimitGroup.Login))]
    [InlineData("POST", "/_matrix/client/unstable/login", nameof(LimitGroup.Login))]
    [InlineData("POST", "/_continuwuity/account/login", nameof(LimitGroup.Login))]
    [InlineData("GET", "/_matrix/client/v3/login", nameof(LimitGroup.None))]
    [InlineData("OPTIONS", "/_matrix/client/v3/login", nameof(LimitGroup.None))]
    [InlineData("POST", "/_matrix/client/v1/login/get_token", nameof(LimitGroup.None))]
    [InlineData("POST", "/_matrix/client/v3/register", nameof(LimitGroup.Register))]
    [InlineData("POST", "/_matrix/client/api/v1/register", nameof(LimitGroup.Register))]
    [InlineData("GET", "/_matrix/client/v1/register/m.login.registration_token/validity", nameof(LimitGroup.Register))]
    [InlineData("HEAD", "/_matrix/client/v1/register/m.login.registration_token/validity", nameof(LimitGroup.Register))]
    [InlineData("GET", "/_matrix/client/v3/register/available", nameof(LimitGroup.None))]
    [InlineData("POST", "/_matrix/client/v3/account/password", nameof(LimitGroup.PasswordReset))]
    [InlineData("POST", "/_matrix/client/r0/account/password/email/requestToken", nameof(LimitGroup.PasswordReset))]
    [InlineData("POST", "/_matrix/client/v3/account/password/msisdn/requestToken", nameof(LimitGroup.PasswordReset))]
    [InlineData("POST", "/_matrix/client/v3/account/3pid/email/requestToken", nameof(LimitGroup.ThirdPartyIds))]
    [InlineData("POST", "/_matrix/client/unstable/account/3pid/msisdn/requestToken", nameof(LimitGroup.ThirdPartyIds))]
    [InlineData("POST", "/_matrix/client/v3/register/email/requestToken", nameof(LimitGroup.ThirdPartyIds))]
    [InlineData("POST", "/_matrix/client/v3/register/msisdn/requestToken", nameof(LimitGroup.ThirdPartyIds))]
    [InlineData("POST", "/_matrix/client/v3/account/3pid/add", nameof(LimitGroup.None))]
    [InlineData("POST", "/_matrix/client/v3/keys/claim", nameof(LimitGroup.KeyClaims))]
    [InlineData("POST", "/_matrix/client/unstable/org.matrix.msc3983/keys/claim", nameof(LimitGroup.KeyClaims))]
    [InlineData("POST", "/_matrix/client/v3/keys/upload", nameof(LimitGroup.None))]
    [InlineData("POST", "/_matrix/federation/v1/user/keys/claim", nameof(LimitGroup.None))]
    [InlineData("PUT", "/_matrix/client/v3/rooms/!r/send/m.room.message/1", nameof(LimitGroup.None))]
    public void Knows_what_is_counted_together(string method, string path, string group) =>
        Assert.Equal(group, Operations.Find(method, path).Limit.ToString());

    [Fact]
    public void Every_line_of_the_list_finds_itself()
    {
        foreach (var (method, path) in Lines().Where(line => line.Method != "ANY"))
        {
            var request = string.Join('/', path.Split('/').Select(segment => segment.StartsWith('{') ? "%21x%3Ay" : segment));

            Assert.Equal($"{method} {path}", Operations.Find(method, request).Template);
        }
    }

    [Fact]
    public void Every_area_names_what_nothing_else_names()
    {
        foreach (var (_, path) in Lines().Where(line => line.Method == "ANY"))
        {
            foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "OTHER" })
                Assert.Equal($"{method} {path}", Operations.Find(method, path.TrimEnd('*') + "/no such/thing").Template);
        }
    }

    [Fact]
    public void Every_v3_operation_is_known_by_its_earlier_names_and_as_patient_there()
    {
        var v3 = Operations.All.Where(operation => operation.Template.Contains("/_matrix/client/v3/", StringComparison.Ordinal)).ToList();
        Assert.True(v3.Count > 150);

        foreach (var earlier in new[] { "r0", "api/v1", "unstable" })
            Assert.Empty(v3.Select(operation => operation with { Template = operation.Template.Replace("v3", earlier, StringComparison.Ordinal) })
                .Except(Operations.All));
    }

    [Fact]
    public void Templates_hold_no_character_of_an_identifier_an_escape_or_a_query() =>
        Assert.All(Operations.All, operation => Assert.Matches("^[A-Z]+ [A-Za-z0-9/{}._~-]*[*]?$", operation.Template));

    [Fact]
    public void Templates_are_unique_and_so_are_their_instances()
    {
        Assert.Equal(Operations.All.Count, Operations.All.Select(operation => operation.Template).Distinct().Count());
        Assert.Same(Operations.Find("GET", "/_matrix/client/v3/profile/@a:b"), Operations.Find("GET", "/_matrix/client/v3/profile/@c:d"));
    }

    [Fact]
    public void Sections_of_the_list_are_sorted_by_path()
    {
        var sections = Operations.Text().Split("\n\n").Select(section => section.Split('\n').Where(IsOperation).Select(Split).ToList()).ToList();

        Assert.True(sections.Count > 10);
        Assert.All(sections, section => Assert.Equal(section.OrderBy(line => line.Path, StringComparer.Ordinal).ThenBy(line => line.Method, StringComparer.Ordinal), section));
    }

    [Fact]
    public void A_path_of_very_many_segments_is_merely_unknown()
    {
        // Recursion as deep as the path would end the process here.
        var deep = string.Concat(Enumerable.Repeat("/rooms", 500_000));

        Assert.Equal("GET *", Operations.Find("GET", deep).Template);
        Assert.Equal("GET /_matrix/client/*", Operations.Find("GET", "/_matrix/client/v3" + deep).Template);
        Assert.Equal("GET /_matrix/client/*", Operations.Find("GET", "/_matrix/client/v3/rooms" + new string('/', 500_000)).Template);
    }

    [Fact]
    public void A_very_long_segment_is_a_parameter_like_any_other()
    {
        var longest = new string('x', 1_000_000);

        Assert.Equal("GET /_matrix/client/v3/rooms/{roomId}/state", Operations.Find("GET", $"/_matrix/client/v3/rooms/{longest}/state").Template);
        Assert.Equal("GET /_matrix/client/*", Operations.Find("GET", $"/_matrix/client/{longest}").Template);
    }

    [Fact]
    public void Looking_up_allocates_nothing()
    {
        var requests = Requests.Select(row => (Method: row.Data.Item1, Path: row.Data.Item2)).ToArray();

        Assert.Equal(0, Allocations.Of(() =>
        {
            foreach (var (method, path) in requests)
                TimeLimits.For(Operations.Find(method, path), "?since=s1_2&timeout=30000");
        }));
    }

    private static List<(string Method, string Path)> Lines()
    {
        var lines = Operations.Text().Split('\n').Where(IsOperation).Select(Split).ToList();
        Assert.True(lines.Count > 400);
        return lines;
    }

    private static bool IsOperation(string line) => line.Length > 0 && line[0] != '#';

    private static (string Method, string Path) Split(string line) => line.Split(' ') switch { [var method, var path, ..] => (method, path), _ => default };
}
