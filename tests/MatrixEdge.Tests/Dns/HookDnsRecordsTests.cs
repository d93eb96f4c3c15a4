using System.Collections.Immutable;
using System.Diagnostics;
using MatrixEdge.Certificates.Dns;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace MatrixEdge.Tests.Dns;

/// <summary>Real programs as hooks, and what the operator reads when they fail.</summary>
public sealed class HookDnsRecordsTests : IDisposable
{
    private const string Name = "_acme-challenge.example.org";

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Hands_over_action_name_and_value_without_a_shell()
    {
        var records = Hook($"printf '<%s>' \"$@\" >> {Output}", arguments: ["first $HOME", "; exit 1"]);

        await records.AddAsync(Name, "-v*l ue", Stop);
        await records.RemoveAsync(Name, "-v*l ue", Stop);

        Assert.Equal($"<first $HOME><; exit 1><present><{Name}><-v*l ue><first $HOME><; exit 1><cleanup><{Name}><-v*l ue>", File.ReadAllText(Output));
    }

    [Fact]
    public async Task Secrets_come_by_the_environment_and_stand_in_no_command_line()
    {
        var records = Hook(
            $"printf '%s %s|' \"$API_TOKEN\" \"${{PATH:+path}}\" > {Output}; tr '\\0' ' ' < /proc/$$/cmdline >> {Output}",
            environment: new() { ["API_TOKEN"] = "s3cret" });

        await records.AddAsync(Name, "value", Stop);

        var (before, after) = (File.ReadAllText(Output).Split('|')[0], File.ReadAllText(Output).Split('|')[1]);
        Assert.Equal("s3cret path", before);
        Assert.Contains(Name, after);
        Assert.DoesNotContain("s3cret", after);
    }

    [Fact]
    public async Task It_has_nothing_to_read_and_ends_at_once()
    {
        await Hook($"cat > {Output}").AddAsync(Name, "value", Stop);

        Assert.Equal("", File.ReadAllText(Output));
    }

    [Fact]
    public async Task A_failure_is_told_with_its_last_words()
    {
        var failure = await FailAsync(Hook("echo 'looking for the zone'; echo 'zone not found' >&2; exit 3"));

        Assert.StartsWith($"The hook {Program} (present {Name}) ended with exit code 3. Its last words: ", failure);
        Assert.Contains("looking for the zone", failure);
        Assert.Contains("zone not found", failure);
        Assert.EndsWith(". Run it by hand to see why", failure);
    }

    [Fact]
    public async Task A_failure_without_words_is_told_too()
    {
        Assert.Equal(
            $"The hook {Program} (present {Name}) ended with exit code 1. It said nothing. Run it by hand to see why",
            await FailAsync(Hook("exit 1")));
    }

    [Fact]
    public async Task Ten_megabytes_of_output_do_no_harm()
    {
        var failure = await FailAsync(Hook("head -c 10000000 /dev/zero | tr '\\0' x; printf '\\nthe\\033[31m reason\\n'; exit 1"));

        Assert.InRange(failure.Length, 1000, 3000);
        Assert.Contains("x / the[31m reason.", failure);
    }

    [Fact]
    public async Task What_takes_too_long_is_killed_with_all_that_it_started()
    {
        var time = new ManualTime(DateTimeOffset.UnixEpoch);
        var records = Hook($"echo waiting; sleep 1000 & echo $! > {Output}.new; mv {Output}.new {Output}; sleep 1001; echo never", time);

        var failing = FailAsync(records);
        while (!File.Exists(Output))
            await Task.Delay(5, Stop);
        time.Advance(TimeSpan.FromMinutes(2));
        var failure = await failing;

        Assert.Equal(
            $"The hook {Program} (present {Name}) did not end within 0:02:00 and was killed. Its last words: waiting. See what it waits for, or give it more time with HookTimeout",
            failure);
        await UntilGoneAsync(int.Parse(File.ReadAllText(Output), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_it_has_begun_it_may_finish_when_the_gateway_is_stopped()
    {
        using var end = new CancellationTokenSource();

        var adding = Hook($"touch {Output}.begun; sleep 0.3; touch {Output}").AddAsync(Name, "value", end.Token);
        while (!File.Exists($"{Output}.begun"))
            await Task.Delay(5, Stop);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding);
        Assert.True(File.Exists(Output));
    }

    [Fact]
    public async Task It_ends_with_the_gateway()
    {
        using var end = new CancellationTokenSource();

        var adding = Hook($"echo $$ > {Output}.new; mv {Output}.new {Output}; sleep 1000").AddAsync(Name, "value", end.Token);
        while (!File.Exists(Output))
            await Task.Delay(5, Stop);
        await end.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => adding);
        await UntilGoneAsync(int.Parse(File.ReadAllText(Output), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task What_it_leaves_running_is_not_waited_for()
    {
        var records = Hook($"sleep 1000 & echo $! > {Output}");

        await records.AddAsync(Name, "value", Stop).WaitAsync(TimeSpan.FromSeconds(60), Stop);

        using var left = Process.GetProcessById(int.Parse(File.ReadAllText(Output), System.Globalization.CultureInfo.InvariantCulture));
        Assert.False(left.HasExited);
        left.Kill();
    }

    [Fact]
    public async Task A_program_that_cannot_be_started_is_told_plainly()
    {
        var missing = await FailAsync(new HookDnsRecords(Settings("/nowhere/hook"), TimeProvider.System, NullLogger<HookDnsRecords>.Instance));

        Write("#!/bin/sh\nexit 0\n", "600");
        var notExecutable = await FailAsync(new HookDnsRecords(Settings(Program), TimeProvider.System, NullLogger<HookDnsRecords>.Instance));

        Write("#!/nowhere/sh\nexit 0\n", "700");
        var noInterpreter = await FailAsync(new HookDnsRecords(Settings(Program), TimeProvider.System, NullLogger<HookDnsRecords>.Instance));

        Write("exit 0\n", "700");
        var noFirstLine = await FailAsync(new HookDnsRecords(Settings(Program), TimeProvider.System, NullLogger<HookDnsRecords>.Instance));

        Assert.Equal("The hook /nowhere/hook does not exist; give its path in Hook", missing);
        Assert.Equal($"The hook {Program} may not be executed by the user {Environment.UserName}; run: chmod +x {Program}", notExecutable);
        Assert.Equal($"The hook {Program} cannot be started: the program that its first line (#!) names does not exist", noInterpreter);
        Assert.Equal($"The hook {Program} is no program and has no first line (#!) that names one; a shell script begins with #!/bin/sh", noFirstLine);
    }

    private string Program => folder.File("hook");

    private string Output => folder.File("output");

    private HookDnsRecords Hook(string script, TimeProvider? time = null, string[]? arguments = null, Dictionary<string, string>? environment = null)
    {
        Write($"#!/bin/sh\n{script}\n", "700");
        var settings = Settings(Program) with
        {
            Command = [Program, .. arguments ?? []],
            Environment = (environment ?? []).ToImmutableSortedDictionary(),
        };
        return new HookDnsRecords(settings, time ?? TimeProvider.System, NullLogger<HookDnsRecords>.Instance);
    }

    private static DnsHookSettings Settings(string program) => new([program], ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromMinutes(2));

    // Written by another process: while this one has the file open for writing, a child that another test is starting has it
    // open, too, and the kernel executes no such file (ETXTBSY).
    private void Write(string text, string mode)
    {
        File.Delete(Program);
        using var install = Process.Start(new ProcessStartInfo("install", ["-m", mode, "/dev/stdin", Program]) { RedirectStandardInput = true })!;
        install.StandardInput.Write(text);
        install.StandardInput.Close();
        install.WaitForExit();
        Assert.Equal(0, install.ExitCode);
    }

    private static async Task<string> FailAsync(HookDnsRecords records) =>
        (await Assert.ThrowsAsync<DnsRecordException>(() => records.AddAsync(Name, "value", Stop))).Message;

    private static async Task UntilGoneAsync(int process)
    {
        var watch = Stopwatch.StartNew();
        while (IsRunning(process))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"process {process} still runs");
            await Task.Delay(10, Stop);
        }
    }

    // One that is dead and that nobody has buried is gone, too.
    private static bool IsRunning(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
