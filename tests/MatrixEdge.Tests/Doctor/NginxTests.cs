using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Doctor;

/// <summary>A real web server in front of the homeserver, as operators configure it.</summary>
public sealed class NginxTests
{
    // What the homeserver needs of it, as its documentation says.
    private const string Good = """
        client_max_body_size 100m;
        location / { return 404; }
        location ~ ^(/_matrix|/_synapse/client|/\.well-known/matrix) {
            proxy_pass http://$backend;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Host $host:$server_port;
        }
        """;

    private const string StaticDocuments = """
        location = /.well-known/matrix/server { default_type application/json; return 200 '{"m.server":"matrix.example.org:443"}'; }
        location = /.well-known/matrix/client {
            default_type application/json; add_header Access-Control-Allow-Origin *;
            return 200 '{"m.homeserver":{"base_url":"https://matrix.example.org"}}';
        }
        """;

    [Fact]
    public async Task Has_nothing_to_say_against_one_that_is_well_configured()
    {
        var examination = await ExamineAsync(Good);

        Assert.Empty(examination.Findings.Where(finding => finding.Outcome is FindingOutcome.Warn or FindingOutcome.Fail).Select(Told.Of));
    }

    [Fact]
    public Task Finds_the_limit_that_nobody_has_set() =>
        NamesFirstAsync("uploads", FindingOutcome.Fail, "client_max_body_size", Good.Replace("client_max_body_size 100m;", "", StringComparison.Ordinal));

    [Fact]
    public Task Finds_a_homeserver_that_is_down() =>
        NamesFirstAsync("keys", FindingOutcome.Fail, "down", StaticDocuments + "location /_matrix { proxy_pass http://127.0.0.1:1; } location / { return 404; }");

    [Fact]
    public Task Finds_headers_that_are_added_twice() =>
        NamesFirstAsync("client-document-cors", FindingOutcome.Fail, "twice", "add_header Access-Control-Allow-Origin * always;" + Good);

    [Fact]
    public Task Finds_documents_in_a_folder_without_types_and_headers() =>
        NamesFirstAsync("client-document-cors", FindingOutcome.Fail, "missing", StaticDocuments.Replace("add_header Access-Control-Allow-Origin *;", "", StringComparison.Ordinal)
            .Replace("default_type application/json;", "default_type application/octet-stream;", StringComparison.Ordinal) + Good, also: ("client-document", "application/octet-stream"));

    [Fact]
    public Task Finds_the_virtual_host_that_does_not_know_the_server_name() =>
        NamesFirstAsync("keys", FindingOutcome.Fail, "virtual host", "server_name www.example.org; location / { return 404; }", Shape.Service, """
            server {
                listen $listen ssl; server_name matrix.example.org;
                ssl_certificate fullchain.pem; ssl_certificate_key privkey.pem;
                location /_matrix { proxy_pass http://$backend; proxy_set_header Host $host; }
            }
            """);

    [Fact]
    public Task Finds_a_redirect_that_catches_the_document() =>
        NamesFirstAsync("server-document", FindingOutcome.Fail, "redirect", "location / { return 301 https://www.example.org$request_uri; }" + "location /_matrix { proxy_pass http://$backend; proxy_set_header Host $host; client_max_body_size 0; }");

    [Fact]
    public Task Finds_errors_that_the_web_server_answers_itself() =>
        NamesFirstAsync("errors", FindingOutcome.Warn, "M_UNRECOGNIZED", Good + "proxy_intercept_errors on; error_page 404 405 /404.html; location = /404.html { internal; add_header Access-Control-Allow-Origin * always; return 404; }");

    private static async Task NamesFirstAsync(
        string id, FindingOutcome outcome, string word, string inServer, Shape shape = Shape.Document443, string inHttp = "", (string Id, string Word)? also = null)
    {
        var examination = await ExamineAsync(inServer, shape, inHttp);

        var told = Told.Of(examination);
        Assert.True(examination.First is { } first && first.Id == id && first.Outcome == outcome, told);
        Assert.True($"{examination.First!.Summary} {examination.First.Cause} {examination.First.Remedy}".Contains(word, StringComparison.Ordinal), told);
        Assert.True(also is null || examination.Findings.Any(finding => finding.Id == also.Value.Id && finding.Summary.Contains(also.Value.Word, StringComparison.Ordinal)), told);
    }

    private static async Task<Examination> ExamineAsync(string inServer, Shape shape = Shape.Document443, string inHttp = "")
    {
        await using var world = new World(shape);
        await using var backend = world.Backend();
        var address = backend.Listener.ToString();
        await using var nginx = await Nginx.StartAsync(world.Certificate, inServer.Replace("$backend", address, StringComparison.Ordinal), inHttp.Replace("$backend", address, StringComparison.Ordinal));
        world.At(null, place => place.Program = nginx.EndPoint);
        return await world.ExamineAsync();
    }
}
