using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using MatrixEdge.Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Acme.Tests.Operating;

/// <summary>What an operator sees and does, with a gateway that orders from a real Pebble.</summary>
public sealed class OperatingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_list_tells_all_there_is_to_know_of_what_was_ordered()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        using var admin = Admin(gateway);

        // The window is asked for right after the certificate came, and then the moment is chosen.
        var listed = await UntilAsync(
            () => OneAsync(admin), one => one.GetProperty("nextRenewal").GetProperty("reason").GetString() == "chosen in the window that the authority suggests");

        Assert.Equal("one.test", listed.GetProperty("site").GetString());
        Assert.Equal(["matrix.one.test", "one.test"], listed.GetProperty("names").EnumerateArray().Select(name => name.GetString()).Order(StringComparer.Ordinal));
        Assert.Equal("127.0.0.1", listed.GetProperty("authority").GetString());
        Assert.Equal(1, listed.GetProperty("generation").GetInt32());
        Assert.Equal(0, listed.GetProperty("failures").GetInt32());
        var window = listed.GetProperty("window");
        Assert.InRange(window.GetProperty("selected").GetDateTimeOffset(), window.GetProperty("start").GetDateTimeOffset(), window.GetProperty("end").GetDateTimeOffset());
        Assert.Equal(JsonValueKind.Null, listed.GetProperty("lastFailure").ValueKind);
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("lastSuccess").ValueKind);
        Assert.Equal(0, listed.GetProperty("leftOut").GetArrayLength());
    }

    [Fact]
    public async Task Renew_waits_for_the_new_certificate_and_says_until_when_it_is_valid()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        using var admin = Admin(gateway);
        var before = await SerialAsync(admin);

        using var answer = await admin.PostAsJsonAsync("/certificates/renew", new { sites = new[] { "ONE.test" } }, Stop);

        var result = await ResultAsync(answer);
        Assert.Equal((HttpStatusCode.OK, "one.test", "succeeded"), (answer.StatusCode, result.GetProperty("of").GetString(), result.GetProperty("result").GetString()));
        Assert.Contains("issued a certificate for", result.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.NotEqual(before, await SerialAsync(admin));
        Assert.Equal(2, (await OneAsync(admin)).GetProperty("generation").GetInt32());

        using var unknown = await admin.PostAsJsonAsync("/certificates/renew", new { sites = new[] { "two.test" } }, Stop);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.StartsWith("There is no site \"two.test\"; nothing was done. Known are one.test,", (await unknown.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_told_with_the_reason_and_the_gateway_stays_ready()
    {
        AcmeTools.SkipWithoutPebble();
        var hook = Script($"cat >>{folder.File("events")}; echo >>{folder.File("events")}");
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble, $$""", "EventHook": "{{hook}}" """);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        using var admin = Admin(gateway);
        await pebble.StopAsync();

        using var answer = await admin.PostAsync(new Uri("/certificates/renew", UriKind.Relative), null, Stop);

        var result = await ResultAsync(answer);
        Assert.Equal((HttpStatusCode.BadGateway, "failed"), (answer.StatusCode, result.GetProperty("result").GetString()));
        var listed = await OneAsync(admin);
        Assert.Equal(result.GetProperty("message").GetString(), listed.GetProperty("lastFailure").GetProperty("message").GetString());
        Assert.Equal("unreachable", listed.GetProperty("lastFailure").GetProperty("kind").GetString());
        Assert.True(listed.GetProperty("failures").GetInt32() >= 1);
        Assert.NotEqual(JsonValueKind.Null, listed.GetProperty("nextAttempt").ValueKind);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync(new Uri("/health/ready", UriKind.Relative), Stop)).StatusCode);
        var metrics = await admin.GetStringAsync(new Uri("/metrics", UriKind.Relative), Stop);
        Assert.Matches(@"\nmatrixedge_certificate_renewal_failures_total\{site=""one.test""\} [1-9]", metrics);
        Assert.Matches(@"\nmatrixedge_certificate_consecutive_failures\{site=""one.test""\} [1-9]", metrics);
        Assert.Contains("\nmatrixedge_certificate_issuance_duration_seconds_count{site=\"one.test\",outcome=\"obtained\"} 1\n", metrics, StringComparison.Ordinal);

        var events = await UntilAsync(async () => File.Exists(folder.File("events")) ? await File.ReadAllLinesAsync(folder.File("events"), Stop) : [], lines => lines.Length >= 2);
        var (obtained, failed) = (JsonSerializer.Deserialize<JsonElement>(events[0]), JsonSerializer.Deserialize<JsonElement>(events[1]));
        Assert.Equal(("obtained", "one.test", "127.0.0.1"), (obtained.GetProperty("event").GetString(), obtained.GetProperty("site").GetString(), obtained.GetProperty("authority").GetString()));
        Assert.Equal("failed", failed.GetProperty("event").GetString());
        Assert.Equal(obtained.GetProperty("serial").GetString(), failed.GetProperty("serial").GetString());
        Assert.NotEqual("", failed.GetProperty("reason").GetString());
        Assert.True(failed.GetProperty("nextAttempt").GetDateTimeOffset() > failed.GetProperty("at").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_renewal_that_takes_long_goes_on_when_the_asker_is_sent_home()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var gateway = await StartAsync(FreePorts.Take(), FreePorts.Take(), string.Create(CultureInfo.InvariantCulture, $"https://{silent.LocalEndpoint}/dir"));
        var patience = new ManualTime(DateTimeOffset.UtcNow);
        var requests = ActivatorUtilities.CreateInstance<CertificateRequests>(gateway.Services, patience);
        using var body = new MemoryStream();
        var context = new DefaultHttpContext { Response = { Body = body } };

        var answer = requests.RenewAsync(context);
        while (!answer.IsCompleted)
        {
            patience.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(20, Stop);
        }

        await answer;
        var result = Assert.Single(JsonSerializer.Deserialize<JsonElement>(body.ToArray()).GetProperty("results").EnumerateArray());
        Assert.Equal((202, "one.test", "underWay"), (context.Response.StatusCode, result.GetProperty("of").GetString(), result.GetProperty("result").GetString()));
        Assert.StartsWith("Not done within 120 seconds; it goes on.", result.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoke_revokes_with_the_reason_and_another_certificate_is_served()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        using var admin = Admin(gateway);
        var revoked = gateway.Services.GetRequiredService<ServedCertificate>().Find("one.test")!.Leaf;

        using var answer = await admin.PostAsJsonAsync("/certificates/revoke", new { site = "one.test", reason = "keyCompromise" }, Stop);

        Assert.Equal((HttpStatusCode.OK, "succeeded"), (answer.StatusCode, (await ResultAsync(answer)).GetProperty("result").GetString()));
        var status = await pebble.GetStatusAsync(revoked, Stop);
        Assert.Equal(("Revoked", 1), (status.GetProperty("Status").GetString(), status.GetProperty("Reason").GetInt32()));
        Assert.NotEqual(revoked.SerialNumber, await SerialAsync(admin));
    }

    [Fact]
    public async Task The_account_gets_a_new_key_and_goes_on_with_it()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        using var admin = Admin(gateway);
        var account = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(gateway.ConfigurationFile)!, "store", "acme"), "account.json", SearchOption.AllDirectories).Single();
        var before = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(account, Stop));

        using var rolled = await admin.PostAsync(new Uri("/certificates/roll-account-key", UriKind.Relative), null, Stop);
        using var renewed = await admin.PostAsync(new Uri("/certificates/renew", UriKind.Relative), null, Stop);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (rolled.StatusCode, renewed.StatusCode));
        var after = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(account, Stop));
        Assert.Equal(before.GetProperty("Location").GetString(), after.GetProperty("Location").GetString());
        Assert.NotEqual(before.GetProperty("PrivateKey").GetString(), after.GetProperty("PrivateKey").GetString());
    }

    [Fact]
    public async Task The_command_renews_and_lists()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        var config = folder.File("appsettings.json");
        await File.WriteAllTextAsync(config, string.Create(CultureInfo.InvariantCulture, $$"""{ "MatrixEdge": { "Listen": { "Admin": "127.0.0.1:{{gateway.Port(ListenerKind.Admin)}}" } } }"""), Stop);

        var renewed = await RunAsync("certificates", "renew", "one.test", "--config", config);
        var revoked = await RunAsync("certificates", "revoke", "--reason", "superseded", "--yes", "--config", config);
        var rolled = await RunAsync("certificates", "roll-account-key", "--json", "--config", config);
        var listed = await RunAsync("certificates", "--config", config);

        Assert.Equal((0, ""), (renewed.Code, renewed.Errors));
        Assert.StartsWith("one.test: 127.0.0.1 issued a certificate for ", renewed.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (revoked.Code, revoked.Errors));
        Assert.Equal((0, ""), (rolled.Code, rolled.Errors));
        Assert.Equal("succeeded", JsonSerializer.Deserialize<JsonElement>(rolled.Output).GetProperty("results")[0].GetProperty("result").GetString());
        Assert.Contains("from      127.0.0.1 (Acme), generation 3\n", listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_banner_says_who_is_asked_and_that_the_first_certificate_is_being_ordered()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await pebble.StopAsync();
        await using var gateway = await StartAsync(pebble);
        using var admin = Admin(gateway);
        using var text = new StringWriter { NewLine = "\n" };

        gateway.Services.GetRequiredService<Banner>().Show(text, []);

        Assert.Contains("; there is none yet, one is being ordered from 127.0.0.1", text.ToString(), StringComparison.Ordinal);
        Assert.Contains($"  authority    {pebble.DirectoryUri}; names are proved by TlsAlpn01, else Http01\n", text.ToString(), StringComparison.Ordinal);
        Assert.Contains($"  store        {Path.Combine(Path.GetDirectoryName(gateway.ConfigurationFile)!, "store")}\n", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await admin.GetAsync(new Uri("/health/ready", UriKind.Relative), Stop)).StatusCode);
        var listed = await OneAsync(admin);
        Assert.Equal("there is none yet; one is being ordered", listed.GetProperty("trouble").GetString());
        Assert.Equal("there is none yet", listed.GetProperty("nextRenewal").GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Prometheus_understands_the_metrics_of_a_gateway_that_orders_certificates()
    {
        AcmeTools.SkipWithoutPebble();
        Assert.SkipUnless(File.Exists(PromTool.Path), PromTool.WhyNot);
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: Stop);
        await using var gateway = await StartAsync(pebble);
        await gateway.Events.WaitForAsync("Serving a new certificate for");
        using var admin = Admin(gateway);
        await UntilAsync(() => OneAsync(admin), one => one.GetProperty("window").ValueKind == JsonValueKind.Object);

        using var answer = await admin.GetAsync(new Uri("/metrics", UriKind.Relative), Stop);

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var metrics = await answer.Content.ReadAsStringAsync(Stop);
        await File.WriteAllTextAsync(folder.File("metrics"), metrics, Stop);
        var (code, output) = await Tool.RunAsync("sh", "-c", $"exec {PromTool.Path} check metrics <{folder.File("metrics")}");
        Assert.Equal((0, ""), (code, output));
        foreach (var name in new[]
        {
            "build_info", "upstream_up", "certificate_not_before_seconds", "certificate_not_after_seconds", "certificate_next_renewal_seconds", "certificate_last_success_seconds",
            "certificate_consecutive_failures", "certificate_left_out", "certificate_renewal_window_start_seconds", "certificate_renewal_window_end_seconds", "certificate_renewal_failures_total",
            "certificate_challenge_hits_total", "certificate_issuance_duration_seconds",
        })
        {
            Assert.Contains($"\n# TYPE matrixedge_{name} ", "\n" + metrics, StringComparison.Ordinal);
        }

        Assert.Matches(@"\nmatrixedge_certificate_challenge_hits_total\{type=""tls-alpn-01""\} [1-9]", metrics);
    }

    private static Task<RunningGateway> StartAsync(PebbleServer pebble, string more = "") =>
        StartAsync(pebble.HttpPort, pebble.TlsPort, pebble.DirectoryUri.AbsoluteUri, $", \"TrustedRoots\": \"{pebble.RootsFile}\"{more}");

    private static Task<RunningGateway> StartAsync(int httpPort, int tlsPort, string directory, string more = "") => RunningGateway.StartAsync(string.Create(CultureInfo.InvariantCulture, $$"""
        {
          "Listen": { "Http": "127.0.0.1:{{httpPort}}", "Https": "127.0.0.1:{{tlsPort}}", "Federation": "127.0.0.1:0", "Admin": "127.0.0.1:0" },
          "Certificate": { "AcceptTermsOfService": true, "DirectoryUri": "{{directory}}"{{more}} },
          "Sites": [{ "ServerName": "one.test", "PublicHost": "matrix.one.test", "Homeserver": { "Address": "http://127.0.0.1:1" } }]
        }
        """));

    private static HttpClient Admin(RunningGateway gateway) => new()
    {
        BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}")),
        Timeout = TimeSpan.FromMinutes(3),
    };

    private static async Task<JsonElement> OneAsync(HttpClient admin) =>
        Assert.Single((await admin.GetFromJsonAsync<JsonElement>("/certificates", Stop)).GetProperty("certificates").EnumerateArray());

    private static async Task<string?> SerialAsync(HttpClient admin) => (await OneAsync(admin)).GetProperty("serial").GetString();

    private static async Task<JsonElement> ResultAsync(HttpResponseMessage answer) =>
        Assert.Single((await answer.Content.ReadFromJsonAsync<JsonElement>(Stop)).GetProperty("results").EnumerateArray());

    private static async Task<T> UntilAsync<T>(Func<Task<T>> look, Func<T, bool> isGood)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (isGood(seen))
                return seen;

            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(30), $"It stays: {seen}");
            await Task.Delay(20, Stop);
        }
    }

    private string Script(string text)
    {
        var path = folder.File("hook");
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var command = GatewayCommand.With(arguments);
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(Stop);
        var errors = process.StandardError.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, await output, await errors);
    }
}
