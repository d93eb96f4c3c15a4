using System.Text.Json;
using MatrixEdge.Certificates;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Observability;

public sealed class EventHookTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_hook_hears_that_a_certificate_from_files_expires()
    {
        new TestAuthority().Issue(TimeSpan.FromDays(1), "example.com", "matrix.example.com").WriteTo(folder);
        var hook = Script($"cat >{folder.File("part")} && mv {folder.File("part")} {folder.File("event")}");
        await using var gateway = await StartAsync($"\"{hook}\"");

        var happened = JsonSerializer.Deserialize<JsonElement>(await ReadAsync("event"));

        Assert.Equal("expiring", happened.GetProperty("event").GetString());
        Assert.Equal("", happened.GetProperty("site").GetString());
        Assert.Equal(["example.com", "matrix.example.com"], happened.GetProperty("names").EnumerateArray().Select(name => name.GetString()));
        Assert.InRange(happened.GetProperty("notAfter").GetDateTimeOffset(), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Assert.Matches("^[0-9A-F]+$", happened.GetProperty("serial").GetString());
        Assert.Contains("look after whatever renews its files", happened.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, happened.GetProperty("authority").ValueKind);
        Assert.Equal(JsonValueKind.Null, happened.GetProperty("nextAttempt").ValueKind);
    }

    [Fact]
    public async Task The_hook_hears_of_what_is_seen_from_outside_when_it_changes()
    {
        var hook = Script($"cat >>{folder.File("events")}; echo >>{folder.File("events")}; echo >>{folder.File("done")}");
        await using var gateway = await StartAsync($"\"{hook}\"");
        var examinations = gateway.Services.GetRequiredService<Examinations>();

        foreach (var outcome in new[] { FindingOutcome.Fail, FindingOutcome.Fail, FindingOutcome.Ok })
            examinations.Note(ExaminationsTests.Examination("example.com", ("reachable", outcome)));

        while (!File.Exists(folder.File("done")) || (await File.ReadAllLinesAsync(folder.File("done"))).Length < 2)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        var told = (await File.ReadAllLinesAsync(folder.File("events"))).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal(["fail", "ok"], told.Select(finding => finding.GetProperty("outcome").GetString()));
        Assert.Equal(JsonValueKind.Null, told[0].GetProperty("before").ValueKind);
        Assert.Equal("fail", told[1].GetProperty("before").GetString());
        Assert.Equal(("finding", "example.com", "reachable"), (told[0].GetProperty("event").GetString(), told[0].GetProperty("site").GetString(), told[0].GetProperty("check").GetString()));
        Assert.Equal("it may be", told[0].GetProperty("cause").GetString());
    }

    [Fact]
    public async Task Events_come_one_at_a_time_and_in_order()
    {
        var hook = Script($"""
            mkdir {folder.File("running")} || echo overlap >>{folder.File("events")}
            sed 's/.*"site":"\([^"]*\)".*/\1/' >>{folder.File("events")}; echo >>{folder.File("events")}
            rmdir {folder.File("running")}
            [ "$1" = last ] || exit 3
            """);
        await using var gateway = await StartAsync($"[\"{hook}\", \"first word\"]");
        var events = gateway.Services.GetRequiredService<CertificateEvents>();

        for (var i = 0; i < 10; i++)
            events.Failed($"site-{i}", null, "ca", "because", DateTimeOffset.UnixEpoch);

        // Each run ends with 3, which is told and holds nothing up.
        var told = await gateway.Events.WaitForAsync("ended with exit code 3", times: 10);
        Assert.Contains($"The hook {hook} (failed) ended with exit code 3", told, StringComparison.Ordinal);
        var seen = (await File.ReadAllLinesAsync(folder.File("events"))).Where(line => line.Length > 0);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"site-{i}"), seen);
    }

    [Fact]
    public async Task A_hook_that_is_too_slow_loses_the_oldest_events_and_holds_nobody_up()
    {
        var hook = Script($"cat >/dev/null; echo x >>{folder.File("runs")}; while [ ! -e {folder.File("go")} ]; do sleep 0.02; done");
        await using var gateway = await StartAsync($"\"{hook}\"");
        var events = gateway.Services.GetRequiredService<CertificateEvents>();
        events.Failed("first", null, "ca", "because", DateTimeOffset.UnixEpoch);
        await ReadAsync("runs");

        for (var i = 0; i < MatrixEdge.Observability.EventHook.LongestQueue + 2; i++)
            events.Failed($"site-{i}", null, "ca", "because", DateTimeOffset.UnixEpoch);

        await gateway.Events.WaitForAsync("the event failed of site-1 at");
        Assert.Equal(2, gateway.Events.Messages.Count(message => message.Contains("was dropped for newer ones", StringComparison.Ordinal)));
        await File.WriteAllTextAsync(folder.File("go"), "");
    }

    [Fact]
    public async Task A_gateway_that_stops_does_not_wait_long_for_its_hook_and_says_what_was_not_told()
    {
        var hook = Script($"echo x >>{folder.File("runs")}; exec sleep 3600");
        await using var gateway = await StartAsync($"\"{hook}\"");
        var events = gateway.Services.GetRequiredService<CertificateEvents>();
        events.Failed("first", null, "ca", "because", DateTimeOffset.UnixEpoch);
        await ReadAsync("runs");
        events.Failed("second", null, "ca", "because", DateTimeOffset.UnixEpoch);

        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(20));

        await gateway.Events.WaitForAsync("before the event hook could be told of failed of first");
        await gateway.Events.WaitForAsync("before the event hook could be told of failed of second");
    }

    [Theory]
    [InlineData("\"missing\"", "there is no program")]
    [InlineData("[]", "must be the path of a program")]
    [InlineData("{}", "must be a string in quotation marks")]
    [InlineData("\"/tmp\"", "is a directory; name the program in it")]
    public void A_hook_that_cannot_be_run_is_told_at_the_start(string written, string expected)
    {
        var (_, _, problems) = UnderstoodConfiguration.Of(folder, $$"""
            { "MatrixEdge": { "Certificate": { "Source": "Local", "EventHook": {{written}} },
              "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }] } }
            """);

        var problem = Assert.Single(problems.Found).ToString()!;
        Assert.StartsWith("MatrixEdge:Certificate:EventHook", problem, StringComparison.Ordinal);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    private Task<RunningGateway> StartAsync(string hook)
    {
        var isIssued = File.Exists(folder.File("fullchain.pem"));
        return RunningGateway.StartInFrontOfAsync(1, more: ", \"Certificate\": " + (isIssued
            ? $$"""{ "Source": "Files", "CertificatePath": "{{folder.File("fullchain.pem")}}", "PrivateKeyPath": "{{folder.File("privkey.pem")}}", "EventHook": {{hook}} }"""
            : $$"""{ "Source": "Local", "EventHook": {{hook}} }"""));
    }

    private string Script(string text)
    {
        var path = folder.File("hook");
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private async Task<string> ReadAsync(string name)
    {
        var begin = TimeProvider.System.GetTimestamp();
        while (!File.Exists(folder.File(name)))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begin) < TimeSpan.FromSeconds(30), $"{name} was not written");
            await Task.Delay(20);
        }

        return await File.ReadAllTextAsync(folder.File(name));
    }
}
