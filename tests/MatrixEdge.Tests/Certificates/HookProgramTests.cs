using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using MatrixEdge.Certificates;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Certificates;

public sealed class HookProgramTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_gets_arguments_variables_and_input_and_its_last_words_are_kept()
    {
        var program = Script("read line; echo \"$1 $2 $SECRET $line\"; echo end >&2", "first");

        var said = await RunAsync(program, ["second word"], "input\n");

        Assert.Contains("first second word hidden input", said, StringComparison.Ordinal);
        Assert.Contains("end", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_reads_nothing_of_a_long_input_is_well_all_the_same() =>
        Assert.Equal("done", await RunAsync(Script("exec <&-; echo done"), [], new string('x', 1_000_000)));

    [Fact]
    public async Task One_that_takes_too_long_is_killed_with_all_that_it_started()
    {
        var program = Script($"sleep 3600 & echo $! >{folder.File("child")}; echo waiting; wait", timeout: TimeSpan.FromSeconds(1));

        var failure = await Assert.ThrowsAsync<HookException>(() => RunAsync(program, [], ""));

        Assert.Equal($"The hook {folder.File("hook")} (test) did not end within 0:00:01 and was killed. Its last words: waiting. Be quick", failure.Message);
        var child = int.Parse(await File.ReadAllTextAsync(folder.File("child")), CultureInfo.InvariantCulture);
        Assert.True(await HasEndedAsync(child), $"The process {child} goes on");
    }

    [Fact]
    public async Task One_that_fails_or_cannot_be_started_is_told_with_the_reason()
    {
        var failing = await Assert.ThrowsAsync<HookException>(() => RunAsync(Script("echo no such zone >&2; exit 7"), [], ""));
        var missing = await Assert.ThrowsAsync<HookException>(() => RunAsync(Program([folder.File("gone")]), [], ""));
        await File.WriteAllTextAsync(folder.File("text"), "hello");
        var forbidden = await Assert.ThrowsAsync<HookException>(() => RunAsync(Program([folder.File("text")]), [], ""));

        Assert.Equal($"The hook {folder.File("hook")} (test) ended with exit code 7. Its last words: no such zone. Run it by hand to see why", failing.Message);
        Assert.Equal($"The hook {folder.File("gone")} does not exist; give its path in Some:Key", missing.Message);
        Assert.EndsWith($"run: chmod +x {folder.File("text")}", forbidden.Message, StringComparison.Ordinal);
    }

    private static Task<string> RunAsync(HookProgram program, string[] arguments, string input) =>
        program.RunAsync(arguments, Encoding.UTF8.GetBytes(input), "test", "Be quick", TestContext.Current.CancellationToken);

    private HookProgram Script(string text, string? argument = null, TimeSpan? timeout = null)
    {
        File.WriteAllText(folder.File("hook"), "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(folder.File("hook"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Program(argument is null ? [folder.File("hook")] : [folder.File("hook"), argument], timeout);
    }

    private static HookProgram Program(ImmutableArray<string> command, TimeSpan? timeout = null) =>
        new(command, new Dictionary<string, string> { ["SECRET"] = "hidden" }, timeout ?? TimeSpan.FromMinutes(1), "Some:Key", TimeProvider.System);

    // Gone, or dead and not yet collected by whoever inherited it.
    private static async Task<bool> HasEndedAsync(int process)
    {
        for (var i = 0; i < 500; i++)
        {
            var state = $"/proc/{process}/stat";
            if (!File.Exists(state) || (await File.ReadAllTextAsync(state)).Contains(") Z ", StringComparison.Ordinal))
                return true;
            await Task.Delay(20);
        }

        return false;
    }
}
