using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests;

/// <summary><c>matrixedge certificates</c> as an operator meets it, in front of a gateway that runs.</summary>
public sealed class CertificateCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("certificates")]
    [InlineData("certificates", "list")]
    public async Task List_is_a_table_of_80_columns_whatever_proxy_the_environment_names(params string[] command)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        Configure(gateway.Port(ListenerKind.Admin));

        var (code, output, errors) = await RunAsync(command);

        Assert.Equal((0, ""), (code, errors));
        var lines = output.Split('\n');
        Assert.Equal("SITE       VALID UNTIL           LEFT  NEXT RENEWAL      FAILED", lines[0]);
        Assert.Matches(@"^all sites  \d{4}-\d\d-\d\d \d\d:\d\d   (89|90) days  \d{4}-\d\d-\d\d \d\d:\d\d       -$", lines[1]);
        Assert.Contains("  names     matrix.example.com, example.com", lines);
        Assert.DoesNotContain(lines, line => line.Length > 80);
    }

    [Fact]
    public async Task With_json_the_answer_is_printed_as_it_came()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        Configure(gateway.Port(ListenerKind.Admin));

        var (code, output, errors) = await RunAsync("certificates", "list", "--json");

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal("Local", JsonSerializer.Deserialize<JsonElement>(output).GetProperty("source").GetString());
    }

    [Theory]
    [InlineData("renew")]
    [InlineData("revoke", "--yes")]
    [InlineData("roll-account-key")]
    public async Task What_the_gateway_refuses_is_said_in_its_words_with_exit_code_1(params string[] command)
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        Configure(gateway.Port(ListenerKind.Admin));

        var (code, output, errors) = await RunAsync(["certificates", .. command]);

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("The certificates come from the local authority", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_that_does_not_run_is_exit_code_1_with_the_address_that_was_tried()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        var port = ((IPEndPoint)free.LocalEndpoint).Port;
        free.Stop();
        Configure(port);

        var (code, output, errors) = await RunAsync("certificates");

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"No gateway answers at http://127.0.0.1:{port}/ (Connection refused"), errors, StringComparison.Ordinal);
        Assert.EndsWith($"Is it running, and with this configuration ({folder.File("appsettings.json")})?\n", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_at_that_address_is_told_apart()
    {
        await using var other = RawBackend.Answering("<html>hello</html>");
        Configure(other.Port);

        var (code, _, errors) = await RunAsync("certificates");

        Assert.Equal(1, code);
        Assert.Contains("is not this gateway, or one of another version; see MatrixEdge:Listen:Admin", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_admin_listener_is_told()
    {
        await File.WriteAllTextAsync(folder.File("appsettings.json"), """{ "MatrixEdge": { "Listen": { "Admin": "" } } }""");

        var (code, _, errors) = await RunAsync("certificates");

        Assert.Equal(1, code);
        Assert.StartsWith("MatrixEdge:Listen:Admin is closed", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_revoked_without_a_yes()
    {
        Configure(1);

        var (code, output, errors) = await RunAsync("certificates", "revoke", "example.com");

        Assert.Equal((1, ""), (code, output));
        Assert.Contains("say --yes if you mean it", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reason_that_no_authority_knows_is_exit_code_2() =>
        Assert.Equal(2, (await RunAsync("certificates", "revoke", "--reason", "whim", "--yes")).Code);

    [Fact]
    public void All_that_is_known_of_a_certificate_fits_into_80_columns()
    {
        var now = new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero);
        var certificate = new ListedCertificate(
            "a-rather-long-name.homeserver.example.com", ["a-rather-long-name.homeserver.example.com", "matrix.example.com"], new string('A', 40),
            now.AddDays(-80), now.AddDays(10), null, "acme-v02.api.letsencrypt.org", 7)
        {
            NextRenewal = new NextRenewal(now.AddHours(-1), "chosen in the window that the authority suggests"),
            Window = new ListedWindow(now.AddDays(-2), now.AddDays(1), now.AddHours(-1), new Uri("https://ca.example/why")),
            Failures = 12,
            LastFailure = new ListedFailure(now.AddHours(-1), FailureKind.Validation, "acme-v02.api.letsencrypt.org",
                "acme-v02.api.letsencrypt.org could not validate matrix.example.com: http-01 failed: connection refused by 192.0.2.1, and nothing else was tried"),
            NextAttempt = now.AddHours(3),
            LeftOut = [new LeftOutName("old.example.com", "its DNS leads nowhere")],
        };
        using var output = new StringWriter { NewLine = "\n" };

        CertificateTable.Write(output, new CertificateListing(CertificateSource.Acme, [certificate, certificate with { Site = "b.example", NotAfter = now.AddSeconds(-1) }]), now);

        var lines = output.ToString().Split('\n');
        Assert.DoesNotContain(lines, line => line.Length > 80);
        Assert.Equal(
            [
                "SITE       VALID UNTIL           LEFT  NEXT RENEWAL      FAILED",
                "a-rather-long-name.homeserver.example.com",
                "           2026-08-11 12:00   10 days  now                  12x",
                "b.example  2026-08-01 11:59   EXPIRED  now                  12x",
            ],
            lines[..4]);
        Assert.Contains("  LEFT OUT  old.example.com: its DNS leads nowhere", lines);
        Assert.Contains("  window    suggested 2026-07-30 12:00 to 2026-08-02 12:00 UTC, see", lines);
        Assert.Contains("http-01 failed: connection refused by 192.0.2.1, and nothing else was tried", string.Join(' ', lines.Select(line => line.Trim())), StringComparison.Ordinal);
    }

    private void Configure(int port) => File.WriteAllText(
        folder.File("appsettings.json"),
        string.Create(CultureInfo.InvariantCulture, $$"""{ "MatrixEdge": { "Listen": { "Admin": "127.0.0.1:{{port}}" }, "Certificate": { "Source": "being edited" } } }"""));

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        var command = GatewayCommand.With(arguments);
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["http_proxy"] = "http://127.0.0.1:1", ["HTTP_PROXY"] = "http://127.0.0.1:1", ["all_proxy"] = "http://127.0.0.1:1" },
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MATRIXEDGE", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }
}
