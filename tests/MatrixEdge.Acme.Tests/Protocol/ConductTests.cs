using System.Net;
using System.Text;

namespace MatrixEdge.Acme.Tests.Protocol;

/// <summary>How the client behaves towards a server that does what no Pebble can be made to do.</summary>
public sealed class ConductTests : IDisposable
{
    private static readonly NewOrder Order = new([AcmeIdentifier.Of("example.org")]);
    private static readonly Uri OrderUri = new($"{FakeServer.Base}/order/1");
    private readonly FakeServer server = new();
    private readonly HurryingTime time = new();
    private readonly CancellationToken stop = TestContext.Current.CancellationToken;

    public void Dispose() => server.Dispose();

    [Fact]
    public async Task Keeps_to_the_protocol_from_account_to_certificate()
    {
        using var client = server.Client();
        using var key = AcmeKey.Create();

        var account = await client.CreateAccountAsync(key, new NewAccount { Contacts = ["mailto:admin@example.org"], TermsOfServiceAgreed = true }, stop);
        var order = await client.CreateOrderAsync(Order with { Profile = "classic", Replaces = "abc.def" }, stop);
        var authorization = await client.GetAuthorizationAsync(order.Authorizations[0], stop);
        var challenge = await client.AnswerChallengeAsync(authorization.Challenges.First(challenge => challenge.Type == Challenges.Http01).Url, stop);
        order = await client.FinalizeAsync(order, [1, 2, 3], stop);
        var certificate = await client.DownloadCertificateAsync(order.Certificate!, stop);
        var renewal = await client.GetRenewalInfoAsync(certificate.Leaf, stop);
        await client.RevokeAsync(certificate.Leaf, RevocationReason.Superseded, null, stop);
        using var newKey = AcmeKey.Create();
        await client.ChangeKeyAsync(newKey, stop);

        Assert.Empty(server.Complaints);
        Assert.True(account.IsNew);
        Assert.Equal(new Uri($"{FakeServer.Base}/account/1"), client.AccountUri);
        Assert.Equal(AcmeOrderStatus.Valid, order.Status);
        Assert.Equal(OrderUri, order.Location);
        Assert.Equal("abc.def", order.Replaces);
        Assert.Equal(new DateTimeOffset(2027, 2, 7, 12, 0, 0, 123, TimeSpan.Zero).AddTicks(4567), order.Expires!.Value, TimeSpan.FromMilliseconds(1));
        Assert.Equal("compound: two (example.org: dns: no such host)", order.Error!.ToString());
        Assert.Equal(new DateTimeOffset(2027, 2, 7, 11, 0, 0, TimeSpan.Zero), authorization.Expires);
        Assert.Equal(AcmeChallengeStatus.Pending, challenge.Status);
        Assert.Equal(server.Issued.Leaf.Thumbprint, certificate.Leaf.Thumbprint);
        Assert.False(certificate.Leaf.HasPrivateKey);
        Assert.Equal(server.Issued.Chain.Select(issuer => issuer.Thumbprint), certificate.Chain.Select(issuer => issuer.Thumbprint));
        Assert.Equal(TimeSpan.FromHours(6), renewal!.RetryAfter);
        Assert.Equal("""{"identifiers":[{"type":"dns","value":"example.org"}],"profile":"classic","replaces":"abc.def"}""", server.Payloads[1].GetRawText());
        Assert.Equal("{}", server.Payloads[2].GetRawText());
        Assert.Equal(4, server.Payloads[4].GetProperty("reason").GetInt32());
        Assert.Equal(1, server.Count("HEAD /nonce"));
        Assert.Equal(1, server.Count("GET /dir"));
    }

    [Fact]
    public async Task Passes_by_what_it_does_not_know()
    {
        using var client = await server.SignedInAsync();
        server.OrderStatus = "simmering";
        server.AuthorizationStatus = "contemplated";

        var order = await client.GetOrderAsync(OrderUri, stop);
        var authorization = await client.GetAuthorizationAsync(order.Authorizations[0], stop);
        var directory = await client.GetDirectoryAsync(stop);

        Assert.Equal(AcmeOrderStatus.Unknown, order.Status);
        Assert.Equal(AcmeAuthorizationStatus.Unknown, authorization.Status);
        Assert.Equal(["dns-persist-01", "http-01", "tls-alpn-01"], authorization.Challenges.Select(challenge => challenge.Type));
        Assert.Null(authorization.Challenges[0].Token);
        Assert.Equal(["classic", "odd"], directory.Meta.Profiles.Keys.Order());
    }

    [Fact]
    public async Task Signs_again_with_the_nonce_that_a_refusal_brings()
    {
        using var client = await server.SignedInAsync();
        server.Script("/order", [.. Enumerable.Repeat(() => FakeServer.Problem("badNonce"), 9)]);

        await client.CreateOrderAsync(Order, stop);

        Assert.Equal(10, server.Count("POST /order"));
        Assert.Equal(1, server.Count("HEAD /nonce"));
        Assert.Empty(server.Complaints);
    }

    [Fact]
    public async Task Gives_up_after_ten_nonces()
    {
        using var client = await server.SignedInAsync();
        server.Script("/order", [.. Enumerable.Repeat(() => FakeServer.Problem("badNonce"), 20)]);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order, stop));

        Assert.True(failure.Problem!.Is(AcmeErrors.BadNonce));
        Assert.Equal(10, server.Count("POST /order"));
    }

    [Fact]
    public async Task Fetches_a_nonce_when_it_has_none_and_says_so_when_there_is_none()
    {
        using var client = server.Client();
        using var key = AcmeKey.Create();
        server.GivesNonces = false;

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.FindAccountAsync(key, stop));

        Assert.Equal(AcmeFailure.NotUnderstood, failure.Kind);
        Assert.Contains("Replay-Nonce", failure.Message);
        Assert.Equal(0, server.Count("POST /account"));
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "order", "/order" },
        { "finalize", "/finalize/1" },
        { "answer", "/challenge/1" },
        { "account", "/account" },
        { "key", "/key" },
        { "revoke", "/revoke" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Sends_what_changes_something_once_when_the_answer_is_lost(string call, string path)
    {
        using var client = await server.SignedInAsync();
        var before = server.Count($"POST {path}");
        server.Script(path, () => throw new HttpRequestException("connection reset"), () => throw new HttpRequestException("again"));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ChangeAsync(client, call));

        Assert.Equal(AcmeFailure.Unreachable, failure.Kind);
        Assert.Null(failure.StatusCode);
        Assert.Equal(1, server.Count($"POST {path}") - before);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Sends_what_changes_something_once_when_the_server_is_in_trouble(string call, string path)
    {
        using var client = await server.SignedInAsync();
        var before = server.Count($"POST {path}");
        server.Script(path, () => FakeServer.Answer(HttpStatusCode.BadGateway, "", "text/html"));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => ChangeAsync(client, call));

        Assert.Equal(AcmeFailure.ServerError, failure.Kind);
        Assert.Equal(1, server.Count($"POST {path}") - before);
    }

    [Fact]
    public async Task Reads_again_after_trouble()
    {
        using var client = await server.SignedInAsync(time);
        server.Script("/order/1", () => throw new HttpRequestException("connection reset"), () => FakeServer.Answer(HttpStatusCode.InternalServerError, ""));

        var order = await client.GetOrderAsync(OrderUri, stop);

        Assert.Equal(AcmeOrderStatus.Valid, order.Status);
        Assert.Equal([TimeSpan.FromMilliseconds(500), TimeSpan.FromMilliseconds(1500)], time.Pauses);
        Assert.Empty(server.Complaints);
    }

    [Fact]
    public async Task Asks_three_times_at_most_for_a_nonce_whatever_it_is_for()
    {
        using var client = server.Client();
        client.SignIn(AcmeKey.Create(), new Uri($"{FakeServer.Base}/account/1"));
        server.Script("/nonce", [.. Enumerable.Repeat(() => FakeServer.Answer(HttpStatusCode.BadGateway, ""), 20)]);
        server.GivesNonces = false;

        await Assert.ThrowsAsync<AcmeException>(() => client.GetOrderAsync(OrderUri, stop));
        Assert.Equal(3, server.Count("HEAD /nonce"));

        await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order, stop));
        Assert.Equal(6, server.Count("HEAD /nonce"));
    }

    [Fact]
    public async Task Reads_three_times_at_most()
    {
        using var client = server.Client();
        server.Script("/dir", [.. Enumerable.Repeat(Unreachable, 5)]);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));

        Assert.Equal(AcmeFailure.Unreachable, failure.Kind);
        Assert.Equal(3, server.Count("GET /dir"));
        Assert.Equal($"The ACME server could not be reached for its directory ({FakeServer.Base}/dir): connection refused.", failure.Message);

        static HttpResponseMessage Unreachable() => throw new HttpRequestException("Connection refused.", new IOException("connection refused"));
    }

    [Fact]
    public async Task Does_not_come_again_before_the_server_wants_it()
    {
        using var client = server.Client();
        server.Script("/dir", () => FakeServer.Answer(HttpStatusCode.ServiceUnavailable, "<html><head><title>Busy</title></head>\n<body>come\u0007 back</body></html>", "text/html", "120"));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));

        Assert.Equal(AcmeFailure.ServerError, failure.Kind);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failure.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(120), failure.RetryAfter);
        Assert.Null(failure.Problem);
        Assert.Equal(
            $"The ACME server is in trouble and gave no answer about its directory ({FakeServer.Base}/dir): HTTP 503: Busy come back; it asks to wait 120 s", failure.Message);
        Assert.Equal(1, server.Count("GET /dir"));
    }

    [Fact]
    public async Task Tells_a_refusal_in_the_servers_words()
    {
        using var client = await server.SignedInAsync();
        server.Date = time.GetUtcNow() - TimeSpan.FromMinutes(30); // A date is measured by the clock that made it.
        server.Script("/order", () => FakeServer.Problem("rateLimited", "too many certificates", HttpStatusCode.TooManyRequests, "Sun, 31 Jan 2027 12:30:00 GMT"));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order, stop));

        Assert.Equal(AcmeFailure.Refused, failure.Kind);
        Assert.True(failure.Problem!.Is(AcmeErrors.RateLimited));
        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
        Assert.Equal($"The ACME server refused a new order ({FakeServer.Base}/order): rateLimited: too many certificates; it asks to wait 3600 s", failure.Message);
    }

    [Fact]
    public async Task Understands_a_problem_of_another_media_type_and_a_refusal_without_one()
    {
        using var client = await server.SignedInAsync();
        server.Script(
            "/order",
            () => FakeServer.Answer(HttpStatusCode.Forbidden, """{"type":"urn:ietf:params:acme:error:unauthorized","detail":"closed"}""", "text/plain"),
            () => FakeServer.Answer(HttpStatusCode.Forbidden, "", "text/plain"));

        var one = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order, stop));
        var other = await Assert.ThrowsAsync<AcmeException>(() => client.CreateOrderAsync(Order, stop));

        Assert.True(one.Problem!.Is(AcmeErrors.Unauthorized));
        Assert.Null(other.Problem);
        Assert.Contains("HTTP 403 without a reason", other.Message);
    }

    [Fact]
    public async Task Names_the_terms_to_be_accepted()
    {
        using var client = server.Client();
        using var key = AcmeKey.Create();
        server.LinkHeader = "<https://ca.example/dir>;rel=\"index\", <https://ca.example/terms>;rel=\"terms-of-service\"";
        server.Script("/account", () => FakeServer.Problem("userActionRequired", "new terms", HttpStatusCode.Forbidden));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.CreateAccountAsync(key, new NewAccount(), stop));

        Assert.Equal(new Uri("https://ca.example/terms"), failure.TermsOfService);
        Assert.Null(client.AccountUri);
    }

    [Fact]
    public async Task Follows_no_redirect()
    {
        using var client = server.Client();
        server.Script("/dir", () => new HttpResponseMessage(HttpStatusCode.Found) { Headers = { Location = new Uri("https://elsewhere.example/") } });

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));

        Assert.Equal(AcmeFailure.NotUnderstood, failure.Kind);
        Assert.Contains("https://elsewhere.example/", failure.Message);
        Assert.Equal(["GET /dir"], server.Asked);
    }

    [Fact]
    public async Task Reads_a_MiB_and_no_more()
    {
        using var client = server.Client();
        var endless = new EndlessStream();
        server.Script(
            "/dir",
            () => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(endless) },
            () => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new StreamContent(endless), Headers = { { "Retry-After", "7" } } });

        var large = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));
        var trouble = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));

        Assert.Equal(AcmeFailure.NotUnderstood, large.Kind);
        Assert.Contains("larger than 1 MiB", large.Message);
        Assert.Equal(AcmeFailure.ServerError, trouble.Kind);
        Assert.True(trouble.Message.Length < 500);
        Assert.InRange(endless.Given, 2 * 1024 * 1024, (2 * 1024 * 1024) + (256 * 1024));
    }

    [Fact]
    public async Task Ends_a_request_that_takes_too_long()
    {
        using var handler = new SilentHandler();
        using var client = new AcmeClient(new AcmeClientOptions
        {
            DirectoryUri = new Uri("https://ca.example/dir"),
            UserAgent = "tests/1.0",
            Handler = handler,
            RequestTimeout = TimeSpan.FromMilliseconds(20),
            Time = time,
        });

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));

        Assert.Equal(AcmeFailure.Unreachable, failure.Kind);
        Assert.Contains("within 0.02 s", failure.Message);
    }

    [Fact]
    public async Task Stops_when_told_to()
    {
        using var handler = new SilentHandler();
        using var client = new AcmeClient(new AcmeClientOptions { DirectoryUri = new Uri("https://ca.example/dir"), UserAgent = "tests/1.0", Handler = handler });
        using var stopping = new CancellationTokenSource();

        var call = client.GetDirectoryAsync(stopping.Token);
        await stopping.CancelAsync();

        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(stopping.Token, stopped.CancellationToken);
    }

    [Fact]
    public async Task Asks_for_the_directory_again_after_an_hour_and_after_404()
    {
        using var client = await server.SignedInAsync(time);
        await client.GetDirectoryAsync(stop);
        Assert.Equal(1, server.Count("GET /dir"));

        time.Advance(TimeSpan.FromMinutes(61));
        await client.GetDirectoryAsync(stop);
        Assert.Equal(2, server.Count("GET /dir"));

        await Assert.ThrowsAsync<AcmeException>(() => client.GetOrderAsync(new Uri($"{FakeServer.Base}/gone"), stop));
        await client.GetDirectoryAsync(stop);
        Assert.Equal(3, server.Count("GET /dir"));
    }

    [Fact]
    public async Task Compares_the_clocks()
    {
        using var client = server.Client(time);
        Assert.Null(client.ClockSkew);

        server.Date = time.GetUtcNow() + TimeSpan.FromMinutes(7);
        await client.GetDirectoryAsync(stop);

        Assert.Equal(TimeSpan.FromMinutes(7), client.ClockSkew);
    }

    [Fact]
    public async Task Waits_for_an_order_as_long_as_the_server_wishes()
    {
        using var client = await server.SignedInAsync(time);
        server.Script("/order/1", Processing("2"), Processing(null), Processing("0"), Processing("Thu, 01 Jan 1970 00:00:00 GMT"), Processing(null));

        var order = await client.WaitForOrderAsync(OrderUri, TimeSpan.FromMinutes(2), stop);

        Assert.Equal(AcmeOrderStatus.Valid, order.Status);
        Assert.Equal([2, 2, 1, 1, 5], time.Pauses.Select(pause => (int)pause.TotalSeconds));
    }

    [Fact]
    public async Task Waits_through_trouble()
    {
        using var client = await server.SignedInAsync(time);
        server.Script("/order/1", () => FakeServer.Answer(HttpStatusCode.ServiceUnavailable, "", retryAfter: "30"), () => FakeServer.Problem("rateLimited", status: HttpStatusCode.TooManyRequests));

        var order = await client.WaitForOrderAsync(OrderUri, TimeSpan.FromMinutes(2), stop);

        Assert.Equal(AcmeOrderStatus.Valid, order.Status);
        Assert.Equal([30, 2], time.Pauses.Select(pause => (int)pause.TotalSeconds));
    }

    [Fact]
    public async Task Waits_no_longer_than_allowed_and_looks_once_more_at_the_end()
    {
        using var client = await server.SignedInAsync(time);
        server.Script("/order/1", [.. Enumerable.Repeat(Processing("3600"), 5)]);

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.WaitForOrderAsync(OrderUri, TimeSpan.FromMinutes(2), stop));

        Assert.Equal(AcmeFailure.TimedOut, failure.Kind);
        Assert.Equal($"The ACME server was not done within 120 s ({OrderUri}): the order was still processing.", failure.Message);
        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
        Assert.Equal(2, server.Count("POST /order/1"));
    }

    [Fact]
    public async Task Waits_no_longer_for_an_order_that_is_refused()
    {
        using var client = await server.SignedInAsync(time);
        server.Script("/order/1", () => FakeServer.Problem("unauthorized", status: HttpStatusCode.Forbidden));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.WaitForOrderAsync(OrderUri, TimeSpan.FromMinutes(2), stop));

        Assert.Equal(AcmeFailure.Refused, failure.Kind);
    }

    [Fact]
    public async Task Reads_lists_of_orders_to_the_end_and_not_in_circles()
    {
        using var client = await server.SignedInAsync();
        server.LinkHeader = $"<{FakeServer.Base}/orders?page=2>;rel=\"next\"";

        var orders = await client.GetOrdersAsync(stop);

        Assert.Equal([OrderUri, OrderUri], orders);
    }

    [Fact]
    public async Task Has_no_orders_where_the_server_lists_none()
    {
        using var client = await server.SignedInAsync();
        server.Rewrite = (path, body) => path == "/account/1" ? """{"status":"valid"}"""u8.ToArray() : body;

        Assert.Empty(await client.GetOrdersAsync(stop));
    }

    [Fact]
    public async Task Has_no_renewal_information_where_the_server_has_none()
    {
        using var client = server.Client();
        server.Rewrite = (path, body) => path == "/dir" ? Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace("renewalInfo", "renewalNews", StringComparison.Ordinal)) : body;

        Assert.Null(await client.GetRenewalInfoAsync(server.Issued.Leaf, stop));
    }

    [Fact]
    public async Task Refuses_a_window_that_ends_before_it_begins_and_says_when_to_come_again()
    {
        using var client = server.Client();
        var path = $"/renewal/{AcmeRenewalInfo.CertificateId(server.Issued.Leaf)}";
        server.Script(path, () => FakeServer.Answer(
            HttpStatusCode.OK, """{"suggestedWindow":{"start":"2027-03-02T00:00:00Z","end":"2027-03-02T00:00:00Z"}}""", "application/json", "300"));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetRenewalInfoAsync(server.Issued.Leaf, stop));

        Assert.Equal(AcmeFailure.NotUnderstood, failure.Kind);
        Assert.Equal(TimeSpan.FromMinutes(5), failure.RetryAfter);
    }

    [Theory]
    [InlineData("1", 60)]
    [InlineData("90", 90)]
    [InlineData("9999999", 86400)]
    public async Task Holds_the_pause_of_renewal_information_within_bounds(string retryAfter, int seconds)
    {
        using var client = server.Client();
        var path = $"/renewal/{AcmeRenewalInfo.CertificateId(server.Issued.Leaf)}";
        server.Script(path, () => FakeServer.Answer(
            HttpStatusCode.OK, """{"suggestedWindow":{"start":"2027-03-01T00:00:00Z","end":"2027-03-02T00:00:00Z"}}""", "application/json", retryAfter));

        var renewal = await client.GetRenewalInfoAsync(server.Issued.Leaf, stop);

        Assert.Equal(TimeSpan.FromSeconds(seconds), renewal!.RetryAfter);
    }

    [Fact]
    public async Task Takes_a_revocation_that_has_happened_for_success()
    {
        using var client = await server.SignedInAsync();
        server.Script("/revoke", () => FakeServer.Problem("alreadyRevoked"));

        await client.RevokeAsync(server.Issued.Leaf, RevocationReason.Unspecified, null, stop);

        Assert.Equal(1, server.Count("POST /revoke"));
    }

    [Fact]
    public async Task Says_which_field_is_wrong()
    {
        using var client = await server.SignedInAsync();
        server.Rewrite = (_, body) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace("\"value\":\"example.org\"", "\"value\":7", StringComparison.Ordinal));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetOrderAsync(OrderUri, stop));

        Assert.Equal($"The ACME server's answer about the order ({OrderUri}) is not understood: its field \"identifiers[0].value\" should be text, and is a number", failure.Message);
    }

    [Theory]
    [InlineData("http://ca.example/order")]
    [InlineData("http://127.0.0.1/order")]
    [InlineData("ftp://ca.example/order")]
    [InlineData("https://user:password@ca.example/order")]
    [InlineData("/order")]
    [InlineData("file:///etc/passwd")]
    public async Task Goes_to_no_address_that_is_not_https(string address)
    {
        using var client = server.Client();
        server.Rewrite = (_, body) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body).Replace($"{FakeServer.Base}/order", address, StringComparison.Ordinal));

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.GetDirectoryAsync(stop));

        Assert.Contains("\"newOrder\" should be an https address", failure.Message);
    }

    [Theory]
    [InlineData("http://ca.example/dir", "tests")]
    [InlineData("/dir", "tests")]
    [InlineData("https://ca.example/dir", " ")]
    [InlineData("https://ca.example/dir", "a\nb")]
    public void Is_not_made_with_options_that_cannot_work(string directory, string userAgent) =>
        Assert.Throws<ArgumentException>(() => new AcmeClient(new AcmeClientOptions { DirectoryUri = new Uri(directory, UriKind.RelativeOrAbsolute), UserAgent = userAgent }));

    [Fact]
    public async Task Needs_an_account_for_orders()
    {
        using var client = server.Client();

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.CreateOrderAsync(Order, stop));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("<html>Certificate</html>", "there is no certificate in it")]
    [InlineData("LEAF-CUT", "it breaks off")]
    [InlineData("LEAF+KEY", "something else in it (PRIVATE KEY)")]
    [InlineData("TEXT+LEAF", "other text")]
    [InlineData("LEAF+TEXT", "ends in something else")]
    [InlineData("BROKEN", "certificate 1 in it cannot be read")]
    public async Task Takes_nothing_but_a_whole_chain(string body, string words)
    {
        using var client = await server.SignedInAsync();
        var leaf = server.Issued.Leaf.ExportCertificatePem() + "\n";
        body = body switch
        {
            "LEAF-CUT" => leaf + leaf[..(leaf.Length / 2)],
            "LEAF+KEY" => leaf + server.Issued.KeyPem,
            "TEXT+LEAF" => "subject: example\n" + leaf,
            "LEAF+TEXT" => leaf + "thank you",
            "BROKEN" => "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            _ => body,
        };
        server.Rewrite = (path, good) => path == "/certificate/1" ? Encoding.UTF8.GetBytes(body) : good;

        var failure = await Assert.ThrowsAsync<AcmeException>(() => client.DownloadCertificateAsync(new Uri($"{FakeServer.Base}/certificate/1"), stop));

        Assert.Equal(AcmeFailure.NotUnderstood, failure.Kind);
        Assert.Contains(words, failure.Message);
    }

    [Fact]
    public async Task Keeps_the_order_of_the_chain_and_finds_its_alternates()
    {
        using var client = await server.SignedInAsync();
        var (leaf, issuer) = (server.Issued.Leaf.ExportCertificatePem(), server.Issued.Chain[0].ExportCertificatePem());
        server.Rewrite = (path, good) => path == "/certificate/1" ? Encoding.UTF8.GetBytes($"{leaf}\r\n\r\n{issuer}\n{leaf}\n") : good;
        server.LinkHeader = $"<{FakeServer.Base}/certificate/2>;rel=\"alternate\", </certificate/3>;rel=alternate, <http://ca.example/4>;rel=\"alternate\"";

        var certificate = await client.DownloadCertificateAsync(new Uri($"{FakeServer.Base}/certificate/1"), stop);

        Assert.Equal([server.Issued.Chain[0].Thumbprint, server.Issued.Leaf.Thumbprint], certificate.Chain.Select(one => one.Thumbprint));
        Assert.Equal($"{leaf}\n{issuer}\n{leaf}\n", certificate.Pem);
        Assert.Equal([new Uri($"{FakeServer.Base}/certificate/2"), new Uri($"{FakeServer.Base}/certificate/3")], certificate.Alternates);
    }

    private async Task ChangeAsync(AcmeClient client, string call)
    {
        using var key = AcmeKey.Create();
        var order = new AcmeOrder(OrderUri, AcmeOrderStatus.Ready, [], [], new Uri($"{FakeServer.Base}/finalize/1"));
        await (call switch
        {
            "order" => client.CreateOrderAsync(Order, stop),
            "finalize" => client.FinalizeAsync(order, [1], stop),
            "answer" => client.AnswerChallengeAsync(new Uri($"{FakeServer.Base}/challenge/1"), stop),
            "account" => client.CreateAccountAsync(key, new NewAccount(), stop),
            "key" => client.ChangeKeyAsync(key, stop),
            _ => client.RevokeAsync(server.Issued.Leaf, RevocationReason.Unspecified, null, stop),
        });
    }

    private static Func<HttpResponseMessage> Processing(string? retryAfter) => () => FakeServer.Answer(
        HttpStatusCode.OK,
        $$"""{"status":"processing","identifiers":[],"authorizations":[],"finalize":"{{FakeServer.Base}}/finalize/1"}""",
        "application/json",
        retryAfter);

    private sealed class SilentHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        }
    }

    private sealed class EndlessStream : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'x');
            Given += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
