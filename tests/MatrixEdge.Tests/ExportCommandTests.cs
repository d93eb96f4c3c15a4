using System.Diagnostics;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests;

/// <summary><c>matrixedge export</c> as an operator meets it.</summary>
public sealed class ExportCommandTests : IDisposable
{
    private const string One = """{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "ServesApex": false, "Homeserver": { "Address": "http://127.0.0.1:8008" } }""";
    private const string Other = """{ "ServerName": "example.org", "Homeserver": { "Address": "http://127.0.0.1:8009" } }""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("files", "README.txt")]
    [InlineData("cloudflare-worker", "worker.js")]
    [InlineData("caddy", "matrix-well-known.caddy")]
    [InlineData("nginx", "matrix-well-known.conf")]
    public async Task It_says_what_it_wrote_and_a_second_time_that_nothing_changed(string target, string file)
    {
        Configure(One);

        var first = await RunAsync("export", "well-known", "--out", "out", "--for", target);
        var second = await RunAsync("export", "well-known", "--out", "out", "--for", target);

        Assert.Equal((0, ""), (first.Code, first.Errors));
        Assert.Contains($"Wrote out/{file}\n", first.Output, StringComparison.Ordinal);
        Assert.Equal((0, "Nothing has changed in out\n", ""), second);
        Assert.Contains("example.com", await File.ReadAllTextAsync(folder.File($"out/{file}")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_sites_one_is_named_and_told_if_the_gateway_answers_for_it_itself()
    {
        Configure($"{One}, {Other}");

        var (code, output, _) = await RunAsync("export", "well-known", "--out", "out", "--site", "example.org");

        Assert.Equal(0, code);
        Assert.Contains("Note: MatrixEdge:Sites:1:ServesApex is true", output, StringComparison.Ordinal);
        Assert.Contains("example.org:8448", await File.ReadAllTextAsync(folder.File("out/.well-known/matrix/server")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--site: say which of these is meant, example.com, example.org", "--out", "out")]
    [InlineData("--site is \"example.net\": there is no such site, only example.com, example.org", "--out", "out", "--site", "example.net")]
    [InlineData("--out is \"appsettings.json\": name a directory; it is made if need be", "--site", "example.com", "--out", "appsettings.json")]
    [InlineData("Option '--out' is required.")]
    [InlineData("Argument 'apache' not recognized", "--out", "out", "--for", "apache")]
    public async Task Wrong_use_is_a_line_and_exit_code_2(string expected, params string[] arguments)
    {
        Configure($"{One}, {Other}");

        var (code, _, errors) = await RunAsync(["export", "well-known", .. arguments]);

        Assert.Equal(2, code);
        Assert.StartsWith(expected, errors, StringComparison.Ordinal);
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task A_bad_configuration_is_a_list_of_lines_and_exit_code_2()
    {
        Configure("""{ "ServerName": "https://example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }""");

        var (code, _, errors) = await RunAsync("export", "well-known", "--out", "out");

        Assert.Equal((2, "MatrixEdge:Sites:0:ServerName is \"https://example.com\": give the bare name, for example \"example.com\"\n"), (code, errors));
    }

    private void Configure(string sites) =>
        File.WriteAllText(folder.File("appsettings.json"), $$"""{ "MatrixEdge": { "Certificate": { "Source": "Local" }, "Sites": [{{sites}}] } }""");

    private async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
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
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }
}
