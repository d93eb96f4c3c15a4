using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests;

/// <summary>The program as an operator meets it: its own process, its words, its exit codes.</summary>
public sealed partial class CommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Version_says_which_build_this_is()
    {
        var (code, output, _) = await RunAsync("version");

        Assert.Equal(0, code);
        Assert.Matches(@"^matrixedge \d+\.\d+\.\d+\nruntime \.NET 10\.", output);
    }

    [Fact]
    public async Task Check_says_what_would_be_served_and_leaves_nothing_behind()
    {
        Configure("""
            { "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Kind": "Synapse", "Address": "http://127.0.0.1:8008" } }] }
            """);

        var (code, output, errors) = await RunAsync("check");

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("  https        443\n", output, StringComparison.Ordinal);
        Assert.Contains("  certificate  Local for matrix.example.com, example.com\n", output, StringComparison.Ordinal);
        Assert.Contains("  public       /_matrix/ /_synapse/client/\n", output, StringComparison.Ordinal);
        Assert.Contains("\"m.server\": \"matrix.example.com:8448\"", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("keys")));
    }

    [Fact]
    public async Task Check_says_what_is_limited()
    {
        Configure("""
            { "Certificate": { "Source": "Local" }, "Limits": { "Exempt": ["192.0.2.0/24"] },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] }
            """);

        var (code, output, errors) = await RunAsync("check");

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(
            "  limits       Login 30 in 00:01:00, Register 60 in 00:01:00, PasswordReset 60 in 00:01:00, KeyClaims 300 in 00:01:00, "
                + "ThirdPartyIds 10 in 00:01:00, Federation off; 500 at once, 250 per client; not for 192.0.2.0/24\n",
            output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    public async Task A_bad_configuration_is_a_list_of_lines_and_exit_code_2(string command)
    {
        Configure("""{ "Listen": { "Htp": "80" }, "Sites": [] }""");

        var (code, output, errors) = await RunAsync(command);

        Assert.Equal(2, code);
        Assert.Equal("", output);
        Assert.Equal(
            [
                "MatrixEdge:Listen:Htp is \"80\": this key is not known; did you mean \"Http\"?",
                "MatrixEdge:Certificate:AcceptTermsOfService: an authority issues certificates only to those who accept its terms of service (Let's Encrypt: https://letsencrypt.org/repository/); write true, or use Source \"Files\" or \"Local\"",
                "MatrixEdge:Sites: name at least one, for example [{ \"ServerName\": \"example.org\", \"Homeserver\": { \"Address\": \"http://127.0.0.1:8008\" } }]",
            ],
            errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("serve")]
    public async Task Certificate_files_that_do_not_fit_are_exit_code_2(string command)
    {
        var authority = new TestAuthority();
        authority.Issue("example.com").WriteTo(folder);
        await File.WriteAllTextAsync(folder.File("privkey.pem"), authority.Issue("example.com").KeyPem);
        Configure("""
            { "Certificate": { "Source": "Files", "CertificatePath": "fullchain.pem", "PrivateKeyPath": "privkey.pem" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] }
            """);

        var (code, _, errors) = await RunAsync(command);

        Assert.Equal(2, code);
        Assert.StartsWith($"The private key in {folder.File("privkey.pem")} belongs to none of the certificates in", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("check", """{ "MinimumLevel": "Loud" }""", "Serilog: Serilog says: The value Loud is not a valid Serilog level")]
    [InlineData("check", """{ "WriteTo": [{ "Name": "Konsole" }] }""", "Serilog: Serilog says: Unable to find a method called Konsole")]
    [InlineData("serve", """{ "WriteTo": [{ "Name": "File", "Args": { "path": "/proc/no/log" } }] }""", "Serilog: Serilog says: ")]
    public async Task A_log_that_Serilog_cannot_make_is_told(string command, string serilog, string expected)
    {
        await File.WriteAllTextAsync(folder.File("appsettings.json"), $$"""
            { "Serilog": {{serilog}}, "MatrixEdge": { "Certificate": { "Source": "Local" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }
            """);

        var (code, _, errors) = await RunAsync(command);

        Assert.Equal(2, code);
        Assert.StartsWith(expected, Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "WriteTo": [{ "Name": "File", "Args": { "path": "FOLDER/log.txt", "outputTemplate": "{Level} {Message:l}{NewLine}" } }] }""", "Information homeserver: http://127.0.0.1:1 does NOT answer")]
    [InlineData("""{ "WriteTo": [{ "Name": "File", "Args": { "path": "FOLDER/log.txt", "formatter": "MatrixEdge.Observability.JsonLines, matrixedge" } }] }""", "\"message\":\"homeserver: http://127.0.0.1:1 does NOT answer")]
    [InlineData("""{ "WriteTo": [{ "Name": "File", "Args": { "path": "FOLDER/log.txt", "outputTemplate": "{Level} {Message:l} {EventId}{NewLine}", "encoding": "System.Text.Encoding::Latin1", "formatProvider": "System.Globalization.CultureInfo::InvariantCulture", "flushToDiskInterval": "00:00:01", "rollingInterval": "Infinite", "restrictedToMinimumLevel": "Information" } }] }""", "Information homeserver: http://127.0.0.1:1 does NOT answer")]
    [InlineData("""{ "WriteTo": [{ "Name": "File", "Args": { "path": "FOLDER/log.txt", "formatter": { "type": "Serilog.Formatting.Json.JsonFormatter, Serilog", "renderMessage": true }, "encoding": { "type": "System.Text.UTF8Encoding", "encoderShouldEmitUTF8Identifier": true } } }] }""", "\"What\":\"homeserver\",\"Text\":\"http://127.0.0.1:1 does NOT answer")]
    public async Task The_log_goes_where_its_section_says(string serilog, string expected)
    {
        await File.WriteAllTextAsync(folder.File("appsettings.json"), $$"""
            { "Serilog": {{serilog.Replace("FOLDER", folder.Path, StringComparison.Ordinal)}}, "MatrixEdge": {
              "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "", "Admin": "" },
              "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:1" } }] } }
            """);
        using var process = Start("serve");
        for (var i = 0; i < 1500 && !(File.Exists(folder.File("log.txt")) && (await File.ReadAllTextAsync(folder.File("log.txt"))).Contains("/_matrix/client/versions", StringComparison.Ordinal)); i++)
            await Task.Delay(20);
        process.Kill();
        await process.WaitForExitAsync();

        Assert.Contains(expected, await File.ReadAllTextAsync(folder.File("log.txt")), StringComparison.Ordinal);
        Assert.Equal("", await process.StandardOutput.ReadToEndAsync());
    }

    [Fact]
    public async Task No_level_of_the_log_says_what_is_private()
    {
        await using var backend = RawBackend.Answering();
        await File.WriteAllTextAsync(folder.File("appsettings.json"), $$"""
            { "Serilog": { "MinimumLevel": { "Default": "Verbose", "Override": { "Microsoft": "Verbose", "System": "Verbose", "Yarp": "Verbose" } } }, "MatrixEdge": {
              "Listen": { "Http": "127.0.0.1:0", "Https": "127.0.0.1:0", "Federation": "", "Admin": "" },
              "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }] } }
            """);
        using var process = Start("serve");
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Contains("try: https://example.com/_matrix/client/versions", StringComparison.Ordinal))
                break;
        }

        var rest = process.StandardOutput.ReadToEndAsync();
        var ports = lines.Select(line => Regex.Match(line, @"""listening: (https?) on 127\.0\.0\.1:(\d+)""")).Where(match => match.Success)
            .ToDictionary(match => match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
        foreach (var request in new[]
        {
            "GET /_matrix/client/v3/rooms/secretroom/members?access_token=secrettoken HTTP/1.1\r\nHost: example.com\r\nAuthorization: Bearer secretbearer\r\n\r\n",
            "GET /_matrix/secretpath?access_token=secrettoken y HTTP/1.1\r\nHost: example.com\r\n\r\n",
            "GET /_matrix/secret%00path HTTP/1.1\r\nHost: example.com\r\n\r\n",
            "GET /_matrix/../secretpath HTTP/1.1\r\nHost: secrethost\r\n\r\n",
            "GET /secretpath?secretquery HTTP/1.1\r\nsecretheader\r\n\r\n",
        })
        {
            using var plain = new TcpClient();
            await plain.ConnectAsync(IPAddress.Loopback, ports["http"]);
            await RawAnswer.ExchangeAsync(plain.GetStream(), request);
            using var secured = new TcpClient();
            await secured.ConnectAsync(IPAddress.Loopback, ports["https"]);
            await using var tls = new System.Net.Security.SslStream(secured.GetStream(), false, (_, _, _, _) => true);
            await tls.AuthenticateAsClientAsync("example.com");
            await RawAnswer.ExchangeAsync(tls, request);
        }

        using (var kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]))
            await kill.WaitForExitAsync();
        var log = string.Join('\n', lines) + await rest;
        await process.WaitForExitAsync();

        Assert.Contains("GET /_matrix/client/v3/rooms/{roomId}/members 200", log, StringComparison.Ordinal);
        Assert.Contains("\"level\":\"Debug\"", log, StringComparison.Ordinal);
        Assert.DoesNotContain(log.Split('\n'), line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Requests_are_answered_and_it_ends_when_nobody_reads_the_log()
    {
        Configure("""
            { "Listen": { "Http": "127.0.0.1:0", "Https": "", "Federation": "127.0.0.1:0", "Admin": "" },
              "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:1" } }] }
            """);
        using var process = Start("serve");
        var port = 0;
        while (port == 0 && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (Regex.Match(line, @"""listening: http on 127\.0\.0\.1:(\d+)""") is { Success: true } found)
                port = int.Parse(found.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        }

        // A pipe holds 64 kB, and a line has 250 bytes.
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        for (var i = 0; i < 1000; i++)
            Assert.Equal(301, (await RawAnswer.ExchangeAsync(client.GetStream(), "GET /_matrix/client/versions HTTP/1.1\r\nHost: example.com\r\n\r\n")).Status);
        client.Close();
        using (var kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]))
            await kill.WaitForExitAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("serv")]
    [InlineData("--confg")]
    public async Task A_word_that_is_no_command_is_exit_code_2(string word) => Assert.Equal(2, (await RunAsync(word)).Code);

    [Fact]
    public async Task A_port_that_is_taken_is_one_line_and_exit_code_1()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        Configure($$"""
            { "Listen": { "Http": "", "Https": "127.0.0.1:{{((IPEndPoint)other.LocalEndpoint).Port}}", "Federation": "", "Admin": "" },
              "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] }
            """);

        var (code, output, errors) = await RunAsync("serve");

        Assert.Equal(1, code);
        Assert.Equal("", output);
        Assert.StartsWith("MatrixEdge:Listen:Https is \"127.0.0.1:", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_serves_says_what_it_understood_and_ends_with_0_on_SIGTERM()
    {
        await using var backend = new RawBackend((request, connection) =>
        {
            var body = request.Target.Contains("federation", StringComparison.Ordinal) ? """{"server":{"name":"Synapse","version":"1.160.0"}}""" : """{"versions":["r0.6.1","v1.12"]}""";
            return connection.SendAsync($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        });
        Configure($$"""
            { "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "127.0.0.1:0", "Admin": "" },
              "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:{{backend.Port}}" } }] }
            """);
        using var process = Start("serve");

        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Contains("/_matrix/client/versions", StringComparison.Ordinal))
                break;
        }

        // The shell's own kill: a slim machine has no program of that name.
        using (var kill = Process.Start("sh", ["-c", $"kill -TERM {process.Id}"]))
            await kill.WaitForExitAsync();
        lines.AddRange((await process.StandardOutput.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        var messages = lines.Select(line => MessagePattern().Match(line).Groups[1].Value).ToList();
        Assert.Contains($"homeserver: http://127.0.0.1:{backend.Port} answers: Synapse 1.160.0, Matrix v1.12", messages);
        Assert.Contains($"root: {folder.File("keys/local-authority/root.pem")}", messages);
        Assert.Contains(messages, message => Regex.IsMatch(message, @"^certificate: example\.com; serial [0-9A-F]+; until .* \(90 days\)"));
        Assert.Contains("try: https://example.com/.well-known/matrix/server", messages);
        Assert.Contains("Stopping: 0 requests and 0 long polls are running; they get up to 00:00:30 to finish", messages);
    }

    [Fact]
    public async Task What_nothing_asked_for_is_not_loaded()
    {
        Configure("""
            { "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "127.0.0.1:0", "Admin": "127.0.0.1:0" },
              "Certificate": { "Source": "Local" }, "Store": { "Directory": "keys" },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:9" } }] }
            """);
        using var process = Start("serve");
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("/_matrix/client/versions", StringComparison.Ordinal))
            continue;

        var loaded = File.ReadLines($"/proc/{process.Id}/maps")
            .Where(line => line.EndsWith(".dll", StringComparison.Ordinal)).Select(line => Path.GetFileNameWithoutExtension(line)).ToHashSet();
        process.Kill();
        await process.WaitForExitAsync();

        Assert.Contains("Serilog.Extensions.Logging", loaded);
        string[] spared = ["OpenTelemetry", "YamlDotNet", "Serilog.Settings.Configuration", "Serilog.Sinks", "Microsoft.Extensions.DependencyModel"];
        Assert.DoesNotContain(loaded, name => spared.Any(one => name.StartsWith(one, StringComparison.Ordinal)));
    }

    [GeneratedRegex("\"message\":\"(.*?)\",\"source\"")]
    private static partial Regex MessagePattern();

    private void Configure(string matrixEdge) => File.WriteAllText(folder.File("appsettings.json"), $$"""{ "MatrixEdge": {{matrixEdge}} }""");

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }

    private Process Start(params string[] arguments)
    {
        var command = GatewayCommand.With(arguments);
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MATRIXEDGE", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        return Process.Start(start)!;
    }
}
