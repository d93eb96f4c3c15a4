using System.Diagnostics;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests;

/// <summary><c>matrixedge init</c> as an operator meets it: its own process, and a terminal.</summary>
public sealed class InitCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_it_writes_from_a_homeserver_is_accepted_by_check()
    {
        var (code, output, errors) = await RunAsync("", "init", "--from", Repository.PathOf("tests/MatrixEdge.Tests/Beginning/Samples/homeserver.yaml"));
        var (checkCode, report, checkErrors) = await RunAsync("", "check");

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("\nWrote appsettings.json.", output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (checkCode, checkErrors));
        Assert.Contains("matrix.example.com, example.com\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_may_be_piped()
    {
        var (code, _, errors) = await RunAsync("example.com\n\nsynapse\n\n\n\nyes\nadmin@example.com\n", "init", "--out", "edge.json");
        var (checkCode, report, _) = await RunAsync("", "check", "--config", "edge.json");

        Assert.Equal((0, "", 0), (code, errors, checkCode));
        Assert.Contains("  certificate  Acme for matrix.example.com, example.com\n", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_terminal_and_without_answers_it_says_so_with_exit_code_2()
    {
        var (code, _, errors) = await RunAsync("", "init");

        Assert.Equal((2, "Nothing was written: there is no terminal to ask questions on; give --from FILE, or the answers by standard input, one on each line\n"), (code, errors));
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Several_files_are_named_by_repeating_the_option_and_the_last_word_counts()
    {
        File.WriteAllText(folder.File("a.yaml"), "server_name: a.example.com\nlisteners: []\n");
        File.WriteAllText(folder.File("b.yaml"), "server_name: b.example.com\n");

        var (code, output, _) = await RunAsync("", "init", "--from", "a.yaml", "--from", "b.yaml");

        Assert.Equal(0, code);
        Assert.StartsWith("server name b.example.com, from server_name (b.yaml, line 1)\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("init", "--from", "missing.yaml")]
    [InlineData("init", "--config", "appsettings.json")]
    [InlineData("init", "--form", "x.yaml")]
    public async Task Wrong_use_is_exit_code_2(params string[] arguments)
    {
        var (code, _, errors) = await RunAsync("", arguments);

        Assert.Equal(2, code);
        Assert.NotEqual("", errors);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task On_a_terminal_it_asks_and_asks_again_where_the_answer_is_wrong()
    {
        Assert.SkipUnless(Tool.IsThere("script"), "There is no script, which makes a terminal");
        using var terminal = StartOnTerminal();

        await AnswerAsync(terminal, "@user:example.com: ", "https://example.com");
        var said = await AnswerAsync(terminal, "@user:example.com: ", "example.com");
        foreach (var (prompt, answer) in new[] { ("[matrix.example.com]: ", ""), ("[Auto]: ", "Synapse"), ("[http://127.0.0.1:8008]: ", ""), ("[yes]: ", "no"), ("[8448]: ", "443"), ("[no]: ", "y"), ("[none]: ", "") })
            await AnswerAsync(terminal, prompt, answer);
        await EndAsync(terminal);

        Assert.Contains("give the bare name, for example \"example.com\"", said, StringComparison.Ordinal);
        Assert.Equal(0, terminal.ExitCode);
        Assert.Equal(0, (await RunAsync("", "check")).Code);
    }

    [Theory]
    [InlineData("\u0003", 130)] // Ctrl+C
    [InlineData("\u0004", 2)] // Ctrl+D
    public async Task Leaving_the_terminal_in_the_middle_writes_nothing(string key, int code)
    {
        Assert.SkipUnless(Tool.IsThere("script"), "There is no script, which makes a terminal");
        using var terminal = StartOnTerminal();
        await AnswerAsync(terminal, "@user:example.com: ", "example.com");

        await ReadUntilAsync(terminal, "[matrix.example.com]: ");
        await terminal.StandardInput.WriteAsync(key);
        await terminal.StandardInput.FlushAsync();
        await EndAsync(terminal);

        Assert.Equal(code, terminal.ExitCode);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static async Task<string> AnswerAsync(Process terminal, string prompt, string answer)
    {
        var said = await ReadUntilAsync(terminal, prompt);
        await terminal.StandardInput.WriteAsync(answer + "\n");
        await terminal.StandardInput.FlushAsync();
        return said;
    }

    private static async Task<string> ReadUntilAsync(Process terminal, string end)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var said = "";
        var buffer = new char[1024];
        while (!said.EndsWith(end, StringComparison.Ordinal))
        {
            var read = await terminal.StandardOutput.ReadAsync(buffer, limit.Token);
            Assert.True(read > 0, $"It ended with: {said}");
            said += new string(buffer, 0, read);
        }

        return said;
    }

    private static async Task EndAsync(Process terminal)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await using var kill = limit.Token.Register(() => terminal.Kill(entireProcessTree: true));
        await terminal.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await terminal.WaitForExitAsync(CancellationToken.None);
        Assert.False(limit.IsCancellationRequested, "It did not end within a minute");
    }

    // What is typed is not echoed, so that what is read is what the program says. Whoever runs the tests in the background may
    // have Ctrl+C ignored for all of them (POSIX sh §2.11).
    private Process StartOnTerminal() => Start("script", ["-qec", $"stty -echo; exec env --default-signal=INT {string.Join(' ', GatewayCommand.With("init"))}", "/dev/null"]);

    private async Task<(int Code, string Output, string Errors)> RunAsync(string input, params string[] arguments)
    {
        var command = GatewayCommand.With(arguments);
        using var process = Start(command[0], command[1..]);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }

    private Process Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MATRIXEDGE", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        start.Environment["TERM"] = "dumb";
        return Process.Start(start)!;
    }
}
