using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Protocol;

/// <summary>
/// An ACME server in the place of the network: strict about requests, with one account, order, authorization and certificate, and
/// ready to answer something else when a test says so. Requests that break the protocol end up in <see cref="Complaints"/>.
/// </summary>
internal sealed class FakeServer : HttpMessageHandler
{
    public const string Base = "https://ca.example";
    private readonly Lock gate = new();
    private readonly Dictionary<string, Queue<Func<HttpResponseMessage>>> scripts = [];
    private readonly HashSet<string> nonces = [];
    private readonly Dictionary<string, ECParameters> accounts = [];
    private readonly List<string> asked = [];
    private readonly List<string> complaints = [];
    private readonly List<JsonElement> payloads = [];
    private int number;

    public FakeServer()
        : this(new TestAuthority().Issue("example.org"))
    {
    }

    /// <param name="issued">The certificate that it hands out.</param>
    public FakeServer(TestAuthority.Issued issued) => Issued = issued;

    public TestAuthority.Issued Issued { get; }

    /// <summary>Method and path of every request.</summary>
    public IReadOnlyList<string> Asked
    {
        get
        {
            lock (gate)
                return [.. asked];
        }
    }

    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (gate)
                return [.. complaints];
        }
    }

    public IReadOnlyList<JsonElement> Payloads
    {
        get
        {
            lock (gate)
                return [.. payloads];
        }
    }

    /// <summary>What the state of things is; answers say it.</summary>
    public string OrderStatus { get; set; } = "valid";

    public string AuthorizationStatus { get; set; } = "valid";

    /// <summary>Whether answers bring a nonce.</summary>
    public bool GivesNonces { get; set; } = true;

    /// <summary>The server's clock; null: no Date header.</summary>
    public DateTimeOffset? Date { get; set; }

    /// <summary>Changes the body of good answers, by path.</summary>
    public Func<string, byte[], byte[]> Rewrite { get; set; } = (_, body) => body;

    public string? LinkHeader { get; set; }

    public static HttpResponseMessage Answer(HttpStatusCode status, string body, string type = "application/problem+json", string? retryAfter = null)
    {
        var answer = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type)) };
        if (retryAfter is not null)
            answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return answer;
    }

    public static HttpResponseMessage Problem(string error, string detail = "no", HttpStatusCode status = HttpStatusCode.BadRequest, string? retryAfter = null) =>
        Answer(status, $$"""{"type":"urn:ietf:params:acme:error:{{error}}","detail":"{{detail}}","status":{{(int)status}}}""", retryAfter: retryAfter);

    /// <summary>Instead of the good answer, the next ones at this path.</summary>
    public void Script(string path, params Func<HttpResponseMessage>[] answers)
    {
        if (!scripts.TryGetValue(path, out var queue))
            scripts[path] = queue = new();
        foreach (var answer in answers)
            queue.Enqueue(answer);
    }

    public int Count(string asked) => Asked.Count(request => request == asked);

    public AcmeClient Client(TimeProvider? time = null) => new(new AcmeClientOptions
    {
        DirectoryUri = new Uri($"{Base}/dir"),
        UserAgent = "tests/1.0",
        Handler = this,
        Time = time ?? new HurryingTime(),
    });

    /// <summary>A client with an account.</summary>
    public async Task<AcmeClient> SignedInAsync(TimeProvider? time = null)
    {
        var client = Client(time);
        await client.CreateAccountAsync(AcmeKey.Create(), new NewAccount { TermsOfServiceAgreed = true }, TestContext.Current.CancellationToken);
        return client;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        lock (gate)
        {
            var path = request.RequestUri!.AbsolutePath;
            asked.Add($"{request.Method} {path}");
            if (request.Headers.UserAgent.ToString() != "tests/1.0")
                complaints.Add($"{path}: no User-Agent");
            if (request.Method == HttpMethod.Post)
                Check(request, path, body);

            var answer = scripts.TryGetValue(path, out var queue) && queue.TryDequeue(out var scripted) ? scripted() : Good(request.Method, path);
            answer.RequestMessage = request;
            if (GivesNonces && (request.Method != HttpMethod.Get || path == "/nonce"))
                answer.Headers.TryAddWithoutValidation("Replay-Nonce", NewNonce());
            if (Date is { } date)
                answer.Headers.Date = date;
            if (LinkHeader is not null)
                answer.Headers.TryAddWithoutValidation("Link", LinkHeader);
            return answer;
        }
    }

    private string NewNonce()
    {
        var nonce = $"nonce-{++number}";
        nonces.Add(nonce);
        return nonce;
    }

    private void Check(HttpRequestMessage request, string path, string body)
    {
        if (request.Content!.Headers.ContentType!.ToString() != "application/jose+json")
            complaints.Add($"{path}: Content-Type {request.Content.Headers.ContentType}");

        var jws = JsonDocument.Parse(body).RootElement;
        string first = jws.GetProperty("protected").GetString()!, second = jws.GetProperty("payload").GetString()!;
        var header = JsonDocument.Parse(Base64Url.DecodeFromChars(first)).RootElement;
        if (header.GetProperty("url").GetString() != request.RequestUri!.AbsoluteUri)
            complaints.Add($"{path}: signed for {header.GetProperty("url")}");
        if (!nonces.Remove(header.GetProperty("nonce").GetString()!))
            complaints.Add($"{path}: nonce {header.GetProperty("nonce")} is used or unknown");

        ECParameters key;
        if (header.TryGetProperty("kid", out var kid))
        {
            key = accounts[kid.GetString()!];
        }
        else
        {
            var jwk = header.GetProperty("jwk");
            key = new ECParameters
            {
                Curve = ECCurve.NamedCurves.nistP256,
                Q = { X = Base64Url.DecodeFromChars(jwk.GetProperty("x").GetString()), Y = Base64Url.DecodeFromChars(jwk.GetProperty("y").GetString()) },
            };
            if (path == "/account")
                accounts[$"{Base}/account/1"] = key;
        }

        using var ecdsa = ECDsa.Create(key);
        var signature = Base64Url.DecodeFromChars(jws.GetProperty("signature").GetString());
        if (!ecdsa.VerifyData(Encoding.ASCII.GetBytes($"{first}.{second}"), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
            complaints.Add($"{path}: the signature is wrong");
        if (second.Length > 0)
            payloads.Add(JsonDocument.Parse(Base64Url.DecodeFromChars(second)).RootElement);
    }

    private HttpResponseMessage Good(HttpMethod method, string path)
    {
        var (status, body, type) = path switch
        {
            "/dir" => (HttpStatusCode.OK, Directory, "application/json"),
            "/nonce" => (HttpStatusCode.OK, "", "text/plain"),
            "/account" => (HttpStatusCode.Created, Account, "application/json"),
            "/account/1" => (HttpStatusCode.OK, Account, "application/json"),
            "/orders" => (HttpStatusCode.OK, $$"""{"orders":["{{Base}}/order/1"]}""", "application/json"),
            "/order" => (HttpStatusCode.Created, Order, "application/json"),
            "/order/1" or "/finalize/1" => (HttpStatusCode.OK, Order, "application/json"),
            "/authorization/1" => (HttpStatusCode.OK, Authorization, "application/json"),
            "/challenge/1" => (HttpStatusCode.OK, Challenge("http-01", 1), "application/json"),
            "/certificate/1" => (HttpStatusCode.OK, Issued.CertificatePem, "application/pem-certificate-chain"),
            "/revoke" or "/key" => (HttpStatusCode.OK, "", "text/plain"),
            _ when path.StartsWith("/renewal/", StringComparison.Ordinal) => (HttpStatusCode.OK, Renewal, "application/json"),
            _ => (HttpStatusCode.NotFound, """{"type":"urn:ietf:params:acme:error:malformed","detail":"no such thing"}""", "application/problem+json"),
        };
        var bytes = Encoding.UTF8.GetBytes(body);
        var answer = new HttpResponseMessage(status)
        {
            Content = new ByteArrayContent(status < HttpStatusCode.BadRequest ? Rewrite(path, bytes) : bytes) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } },
        };
        if (path is "/account" or "/order")
            answer.Headers.Location = new Uri($"{Base}{path}/1");
        return answer;
    }

    private static string Directory => $$"""
        {"newNonce":"{{Base}}/nonce","newAccount":"{{Base}}/account","newOrder":"{{Base}}/order","revokeCert":"{{Base}}/revoke",
         "keyChange":"{{Base}}/key","renewalInfo":"{{Base}}/renewal","newAuthz":"{{Base}}/never","tea":418,
         "meta":{"termsOfService":"data:text/plain,Be%20kind","website":"{{Base}}","caaIdentities":["ca.example"],
                 "externalAccountRequired":false,"profiles":{"classic":"90 days","odd":{"days":6} } } }
        """;

    private static string Account => $$"""{"status":"valid","contact":["mailto:admin@example.org"],"orders":"{{Base}}/orders","createdAt":"2027-01-01T00:00:00Z"}""";

    private string Order => $$"""
        {"status":"{{OrderStatus}}","expires":"2027-02-07T12:00:00.123456789Z","identifiers":[{"type":"dns","value":"example.org"}],"profile":"classic",
         "replaces":"abc.def","authorizations":["{{Base}}/authorization/1"],"finalize":"{{Base}}/finalize/1","certificate":"{{Base}}/certificate/1",
         "error":{"type":"urn:ietf:params:acme:error:compound","detail":"two","subproblems":[{"type":"urn:ietf:params:acme:error:dns","detail":"no such host",
         "identifier":{"type":"dns","value":"example.org"} }]} }
        """;

    private string Authorization => $$"""
        {"status":"{{AuthorizationStatus}}","expires":"2027-02-07T12:00:00+01:00","identifier":{"type":"dns","value":"example.org"},"wildcard":false,
         "challenges":[{"type":"dns-persist-01","url":"{{Base}}/challenge/3","status":"pending","issuer-domain-names":["ca.example"]},
         {"type":"telepathy-01","thought":7},{{Challenge("http-01", 1)}},{{Challenge("tls-alpn-01", 2)}}]}
        """;

    private static string Renewal =>
        """{"suggestedWindow":{"start":"2027-03-01T00:00:00Z","end":"2027-03-02T00:00:00.5Z"},"explanationURL":"https://ca.example/why"}""";

    private static string Challenge(string type, int id) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""{"type":"{{type}}","url":"{{Base}}/challenge/{{id}}","status":"pending","token":"LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"}""");
}
