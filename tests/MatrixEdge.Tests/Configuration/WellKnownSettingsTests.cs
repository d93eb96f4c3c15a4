using System.Text.Json.Nodes;
using MatrixEdge.Configuration;

namespace MatrixEdge.Tests.Configuration;

public class WellKnownSettingsTests
{
    private const string AdminExample = """{"role": "m.role.admin", "matrix_id": "@admin:example.org"}""";
    private const string LivekitExample = """{"type": "livekit", "livekit_service_url": "https://rtc.example.com"}""";
    private const string RoleRemedy =
        """must be "m.role.admin", "m.role.security" or a name of your own such as "org.example.role.moderator" """;

    /// <summary>Document, then the JSON, then the one line that must come of it, without the path of the document.</summary>
    public static readonly TheoryData<string, string, string> Mistakes = new()
    {
        { "Client", """ "m.homeserver" """, """ is "m.homeserver": must be an object, {…}, with what to add to the document""" },
        { "Client", """ {"m.homeserver": "https://matrix.example.net"} """, """:m.homeserver is "https://matrix.example.net": must be an object, {"base_url": "https://matrix.example.net"}""" },
        { "Client", """ {"m.homeserver": null} """, """:m.homeserver is null: must be an object, {"base_url": "https://matrix.example.com"}""" },
        { "Client", """ {"m.homeserver": {"base_url": 8448}} """, """:m.homeserver:base_url is 8448: must be a text, for example "https://matrix.example.com" """ },
        { "Client", """ {"m.homeserver": {"base_url": ""}} """, """:m.homeserver:base_url is "": must be a text, for example "https://matrix.example.com" """ },
        { "Client", """ {"m.homeserver": {"base_url": "matrix.x:443"}} """, """:m.homeserver:base_url is "matrix.x:443": give the complete address, for example "https://matrix.x:443" """ },
        { "Client", """ {"m.homeserver": {"base_url": "https://a.org/?x"}} """, """:m.homeserver:base_url is "https://a.org/?x": leave out what follows "?" or "#": clients append paths to this address""" },
        { "Client", """ {"m.homeserver": {"base_url": "https://a.org/_matrix/client"}} """, """:m.homeserver:base_url is "https://a.org/_matrix/client": leave out "/_matrix" and what follows, clients add it themselves""" },
        { "Client", """ {"m.identity_server": "https://id.org"} """, """:m.identity_server is "https://id.org": must be an object, {"base_url": "https://id.org"}""" },
        { "Client", """ {"m.identity_server": {}} """, """:m.identity_server:base_url: is required within m.identity_server: clients refuse the document without it""" },
        { "Client", """ {"m.identity_server": {"base_url": "https://id.org#x"}} """, """:m.identity_server:base_url is "https://id.org#x": leave out what follows "?" or "#": clients append paths to this address""" },
        { "Client", """ {"m.server": "example.com:443"} """, """:m.server is "example.com:443": belongs to the server document, move it to WellKnown:Server""" },
        { "Client", """ {"homeserver": {"a": "é"}} """, """:homeserver is {"a":"é"}: must be named like a Java package, for example "com.example.setting" """ },
        { "Client", """ {"com..example": 1} """, """:com..example is 1: must be named like a Java package, for example "com.example.setting" """ },
        { "Client", """ {"org.matrix.msc2965.authentication": "https://auth.a.org"} """, """:org.matrix.msc2965.authentication is "https://auth.a.org": must be an object, {"issuer": "https://auth.example.com/"}""" },
        { "Client", """ {"org.matrix.msc2965.authentication": {"account": "x"}} """, """:org.matrix.msc2965.authentication:issuer: is required: give the address of the authentication service""" },
        { "Client", """ {"org.matrix.msc2965.authentication": {"issuer": []}} """, """:org.matrix.msc2965.authentication:issuer is []: must be a text, for example "https://auth.example.com/" """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": {}} """, $""":org.matrix.msc4143.rtc_foci is {"{}"}: must be a list, [{LivekitExample}]""" },
        { "Client", """ {"org.matrix.msc4143.rtc_transports": "livekit"} """, $""":org.matrix.msc4143.rtc_transports is "livekit": must be a list, [{LivekitExample}]""" },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": ["livekit"]} """, $""":org.matrix.msc4143.rtc_foci:0 is "livekit": must be an object, {LivekitExample}""" },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{}]} """, """:org.matrix.msc4143.rtc_foci:0:type: is required, for example "livekit" """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{"type": true}]} """, """:org.matrix.msc4143.rtc_foci:0:type is true: must be a text, for example "livekit" """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{"type": "a.b"}, {"type": "livekit"}]} """, """:org.matrix.msc4143.rtc_foci:1:livekit_service_url: is required for livekit, for example "https://rtc.example.com" """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{"type": "livekit", "livekit_service_url": 1}]} """, """:org.matrix.msc4143.rtc_foci:0:livekit_service_url is 1: must be a text, for example "https://rtc.example.com" """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{"type": "livekit", "livekit_service_url": "rtc.a.org"}]} """, """:org.matrix.msc4143.rtc_foci:0:livekit_service_url is "rtc.a.org": give the complete address, for example "https://rtc.a.org" """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{"type": "livekit", "livekit_service_url": "http://a.org"}]} """, """:org.matrix.msc4143.rtc_foci:0:livekit_service_url is "http://a.org": must start with https://, browsers allow calls from nowhere else""" },

        { "Server", """ ["example.com"] """, """ is ["example.com"]: must be an object, {…}, with what to add to the document""" },
        { "Server", """ {"m.server": {"base_url": "https://a.org"}} """, """:m.server is {"base_url":"https://a.org"}: must be a text, for example "matrix.example.com:443" """ },
        { "Server", """ {"m.server": "https://matrix.a.org:443/"} """, """:m.server is "https://matrix.a.org:443/": give the bare name, for example "matrix.a.org:443" """ },
        { "Server", """ {"m.homeserver": {"base_url": "https://a.org"}} """, """:m.homeserver is {"base_url":"https://a.org"}: belongs to the client document, move it to WellKnown:Client""" },
        { "Server", """ {"m.identity_server": {}} """, """:m.identity_server is {}: belongs to the client document, move it to WellKnown:Client""" },

        { "Support", """ 1 """, """ is 1: must be an object, {…}, with what to add to the document""" },
        { "Support", """ {} """, """ is {}: must have contacts or a support_page; leave it out to publish nothing""" },
        { "Support", """ {"contacts": {}} """, $""":contacts is {"{}"}: must be a list, [{AdminExample}]""" },
        { "Support", """ {"contacts": []} """, """:contacts is []: must name at least one contact, or be left out""" },
        { "Support", """ {"contacts": ["@a:b"]} """, $""":contacts:0 is "@a:b": must be an object, {AdminExample}""" },
        { "Support", """ {"contacts": [{"matrix_id": "@a:b"}]} """, """:contacts:0:role: is required, "m.role.admin" or "m.role.security" """ },
        { "Support", """ {"contacts": [{"role": "admin", "matrix_id": "@a:b"}]} """, $""":contacts:0:role is "admin": {RoleRemedy}""" },
        { "Support", """ {"contacts": [{"role": "Org.example", "matrix_id": "@a:b"}]} """, $""":contacts:0:role is "Org.example": {RoleRemedy}""" },
        { "Support", """ {"contacts": [{"role": null, "matrix_id": "@a:b"}]} """, $""":contacts:0:role is null: {RoleRemedy}""" },
        { "Support", """ {"contacts": [{"role": "m.role.admin"}]} """, """:contacts:0 is {"role":"m.role.admin"}: must have a matrix_id or an email_address""" },
        { "Support", """ {"contacts": [{"role": "m.role.admin", "matrix_id": "a:b"}]} """, """:contacts:0:matrix_id is "a:b": must be a user ID, for example "@admin:example.org" """ },
        { "Support", """ {"contacts": [{"role": "m.role.admin", "matrix_id": "@:b"}]} """, """:contacts:0:matrix_id is "@:b": must be a user ID, for example "@admin:example.org" """ },
        { "Support", """ {"contacts": [{"role": "m.role.admin", "matrix_id": "@a:b."}]} """, """:contacts:0:matrix_id is "@a:b.": the server's name after the colon is wrong: leave out the dot at the end, for example "b" """ },
        { "Support", """ {"contacts": [{"role": "m.role.admin", "email_address": "mailto:a@b"}]} """, """:contacts:0:email_address is "mailto:a@b": must be a plain email address, for example "admin@example.org" """ },
        { "Support", """ {"contacts": [{"role": "m.role.admin", "email_address": "a.b"}]} """, """:contacts:0:email_address is "a.b": must be a plain email address, for example "admin@example.org" """ },
        { "Support", """ {"contacts": [{"role": "m.role.admin", "email_address": 1}]} """, """:contacts:0:email_address is 1: must be a plain email address, for example "admin@example.org" """ },
        { "Support", """ {"support_page": {}} """, """:support_page is {}: must be a text, for example "https://example.org/support" """ },
        { "Support", """ {"support_page": "/support"} """, """:support_page is "/support": give a complete address, starting with https://""" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Names_the_place_and_the_remedy_of_every_mistake(string document, string json, string line)
    {
        var (_, problems) = Check(document, json);

        Assert.Equal([$"MatrixEdge:Sites:0:WellKnown:{document}{line}".Trim()], problems.Found.Select(problem => problem.ToString()));
        Assert.Empty(problems.Notes);
    }

    public static readonly TheoryData<string, string> Sound = new()
    {
        { "Client", """ {} """ },
        { "Client", """ {"m.homeserver": {"base_url": "https://matrix.example.com/", "com.example.x": 1}} """ },
        { "Client", """ {"m.homeserver": {"com.example.x": 1}} """ },
        { "Client", """ {"m.identity_server": {"base_url": "https://vector.im"}, "com.example.app": null} """ },
        { "Client", """ {"m.tile_server": {"map_style_url": "https://a.org/style.json"}, "m.integrations": {}} """ },
        { "Client", """ {"org.matrix.msc2965.authentication": {"issuer": "https://auth.a.org/", "account": "https://auth.a.org/account"}} """ },
        { "Client", """ {"org.matrix.msc4143.rtc_foci": [{"type": "livekit", "livekit_service_url": "https://rtc.a.org/livekit"}, {"type": "org.example"}]} """ },
        { "Server", """ {"m.server": "matrix.example.com:443"} """ },
        { "Support", """ {"support_page": "https://example.org/support?from=matrix"} """ },
        { "Support", """ {"contacts": [{"role": "m.role.security", "email_address": "a@b.org"}, {"role": "org.example.role", "matrix_id": "@a:b.org:8448"}]} """ },
        { "Support", """ {"support_page": "https://example.org", "org.example.hours": "9 to 5"} """ },
    };

    [Theory]
    [MemberData(nameof(Sound))]
    public void Takes_what_the_specification_allows_as_it_is(string document, string json)
    {
        var (settings, problems) = Check(document, json);

        Assert.Empty(problems.Found);
        Assert.Empty(problems.Notes);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), settings));
    }

    [Theory]
    [InlineData("Client", """ {"org.matrix.msc3575.proxy": {"url": "https://a.org"}} """,
        "org.matrix.msc3575.proxy: is obsolete, Element X asks the homeserver itself for sliding sync")]
    [InlineData("Client", """ {"m.homesever": {"base_url": "https://a.org"}} """,
        "m.homesever: is not a name that Matrix defines, check its spelling")]
    [InlineData("Server", """ {"com.example.x": 1} """,
        "com.example.x: is published, but other servers read nothing except m.server")]
    [InlineData("Support", """ {"support_page": "https://a.org", "contact": []} """,
        "contact: is not part of the support document, check its spelling")]
    [InlineData("Support", """ {"contacts": [{"role": "m.role.amdin", "email_address": "a@b"}]} """,
        "contacts:0:role: is not a role that Matrix defines, check its spelling")]
    public void Notes_what_is_odd_but_harmless(string document, string json, string note)
    {
        var (settings, problems) = Check(document, json);

        Assert.Empty(problems.Found);
        Assert.Equal([$"MatrixEdge:Sites:0:WellKnown:{document}:{note}"], problems.Notes);
        Assert.NotNull(settings);
    }

    [Fact]
    public void Reports_all_mistakes_of_a_document_at_once()
    {
        var (_, problems) = Check("Client", """ {"m.homeserver": "x", "m.server": "y", "org.matrix.msc4143.rtc_foci": [1, 2]} """);

        Assert.Equal(
            ["m.homeserver", "m.server", "org.matrix.msc4143.rtc_foci:0", "org.matrix.msc4143.rtc_foci:1"],
            problems.Found.Select(problem => problem.Key["MatrixEdge:Sites:0:WellKnown:Client:".Length..]));
    }

    [Theory]
    [InlineData("Client")]
    [InlineData("Server")]
    [InlineData("Support")]
    public void Adds_nothing_where_nothing_is_written(string document)
    {
        var problems = new Problems();

        Assert.Null(Check(document, (JsonNode?)null, problems));
        Assert.Empty(problems.Found);
    }

    [Theory]
    [InlineData(48 * 1024, false)]
    [InlineData(50 * 1024, true)]
    public void Refuses_documents_that_other_servers_stop_reading(int length, bool refused)
    {
        var (_, problems) = Check("Client", $$"""{"com.example.x": "{{new string('x', length)}}"}""");

        var expected = $$"""MatrixEdge:Sites:0:WellKnown:Client is {"com.example.x":"{{new string('x', 102)}}…: make it smaller: other servers stop reading after 50 KiB""";
        Assert.Equal(refused ? [expected] : [], problems.Found.Select(problem => problem.ToString()));
    }

    [Fact]
    public void Keeps_a_copy_of_its_own()
    {
        var written = JsonNode.Parse("""{"com.example.x": 1}""")!;

        var settings = Check("Client", written, new Problems());
        written["com.example.x"] = 2;

        Assert.Equal(1, settings!["com.example.x"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("00:00:01")]
    [InlineData("00:05:00")]
    [InlineData("2.00:00:00")]
    public void Takes_a_time_up_to_two_days(string time)
    {
        var problems = new Problems();

        Assert.Equal(TimeSpan.Parse(time, null), WellKnownSettings.CheckCacheFor(TimeSpan.Parse(time, null), "CacheFor", problems));
        Assert.False(problems.Any);
    }

    [Theory]
    [InlineData("00:00:00")]
    [InlineData("-00:05:00")]
    [InlineData("00:00:00.9000000")]
    [InlineData("2.00:00:01")]
    [InlineData("24.00:00:00")]
    public void Refuses_other_times(string time)
    {
        var problems = new Problems();

        WellKnownSettings.CheckCacheFor(TimeSpan.Parse(time, null), "MatrixEdge:Sites:0:WellKnown:CacheFor", problems);

        Assert.Equal(
            $"MatrixEdge:Sites:0:WellKnown:CacheFor is \"{time}\": give a time up to two days, \"2.00:00:00\"; "
            + "one day is \"1.00:00:00\", because \"24:00:00\" means 24 days",
            Assert.Single(problems.Found).ToString());
    }

    [Theory]
    [InlineData(299, true)]
    [InlineData(300, false)]
    public void Notes_a_time_that_Synapse_does_not_honour(int seconds, bool noted)
    {
        var problems = new Problems();

        WellKnownSettings.CheckCacheFor(TimeSpan.FromSeconds(seconds), "CacheFor", problems);

        Assert.Equal(
            noted ? ["CacheFor: Synapse keeps the server document for at least five minutes, whatever is asked for"] : [],
            problems.Notes);
    }

    [Fact]
    public void Keeps_documents_for_an_hour_unless_told_otherwise() =>
        Assert.Equal(TimeSpan.FromHours(1), WellKnownSettings.CheckCacheFor(null, "CacheFor", new Problems()));

    private static (JsonObject? Settings, Problems Problems) Check(string document, string json)
    {
        var problems = new Problems();
        return (Check(document, JsonNode.Parse(json), problems), problems);
    }

    private static JsonObject? Check(string document, JsonNode? node, Problems problems)
    {
        var key = $"MatrixEdge:Sites:0:WellKnown:{document}";
        return document switch
        {
            "Client" => WellKnownSettings.CheckClient(node, key, problems),
            "Server" => WellKnownSettings.CheckServer(node, key, problems),
            _ => WellKnownSettings.CheckSupport(node, key, problems),
        };
    }
}
