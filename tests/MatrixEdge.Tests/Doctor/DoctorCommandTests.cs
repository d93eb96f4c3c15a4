using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.Tests.Doctor;

/// <summary><c>matrixedge doctor</c> as an operator meets it: its words and its exit codes.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("https://example.org", "bare name")]
    [InlineData("alice@example.org", "is no server name")]
    [InlineData("m\u00e4trix.example.org \u001b[31m\u202e", "is no server name")]
    [InlineData("", "is no server name")]
    public async Task Says_what_is_no_server_name(string junk, string words)
    {
        var (code, output, errors) = await RunAsync("doctor", junk);

        Assert.Equal((2, ""), (code, output));
        Assert.Contains(words, errors, StringComparison.Ordinal);
        Assert.DoesNotContain(errors.TrimEnd('\n'), letter => char.IsControl(letter) || char.GetUnicodeCategory(letter) == UnicodeCategory.Format);
        Assert.InRange(errors.Length, 1, 1000);
    }

    [Fact]
    public async Task Says_what_is_wrong_with_each_option()
    {
        await File.WriteAllTextAsync(folder.File("empty.pem"), "nothing");

        var (code, _, errors) = await RunAsync("doctor", new string('a', 5000), "--resolver", "nobody", "--trust", folder.File("empty.pem"), "--timeout", "-1");

        Assert.Equal(2, code);
        Assert.All(["is no server name", "--resolver nobody", "holds no certificate", "--timeout"], words => Assert.Contains(words, errors, StringComparison.Ordinal));
        Assert.InRange(errors.Length, 1, 2000);
    }

    [Fact]
    public async Task Says_that_no_name_server_answers()
    {
        var (code, output, _) = await RunAsync("doctor", "example.org", "--resolver", $"127.0.0.1:{FreePorts.Take()}");

        Assert.Equal(1, code);
        Assert.Contains("no name server answers", output, StringComparison.Ordinal);
    }

    // What listens on this machine's port 443, where clients are sent, is no part of it.
    [Fact]
    public async Task Tells_people_and_programs_what_it_found()
    {
        await using var world = new World(Shape.Address);
        await using var place = new Place(new IPEndPoint(IPAddress.Loopback, 0), world.Web, world.Authority.Issue("127.0.0.1"));
        var name = world.Homeserver.Name = place.Listener.ToString();
        await File.WriteAllTextAsync(folder.File("root.pem"), world.Authority.Root.ExportCertificatePem());

        var (code, output, errors) = await RunAsync("doctor", name, "--trust", folder.File("root.pem"), "--timeout", "30");
        var (jsonCode, json, _) = await RunAsync("doctor", name, "--trust", folder.File("root.pem"), "--timeout", "30", "--json");

        Assert.True(output.Contains(name, StringComparison.Ordinal) && code is 0 or 1, output + errors);
        var answer = JsonDocument.Parse(json).RootElement;
        Assert.Equal(answer.GetProperty("verdict").GetString() == "fail" ? 1 : 0, jsonCode);
        var findings = answer.GetProperty("servers")[0].GetProperty("findings").EnumerateArray()
            .ToDictionary(finding => finding.GetProperty("id").GetString()!, finding => finding.GetProperty("outcome").GetString());
        Assert.All(["server-name", "reachable", "certificate", "certificate-names", "keys", "keys-name", "keys-signature", "version"], id => Assert.Equal("ok", findings[id]));
    }

    [Fact]
    public async Task Explains_what_is_wrong_and_what_to_do()
    {
        await using var world = new World(Shape.Address);
        await using var place = new Place(new IPEndPoint(IPAddress.Loopback, 0), world.Web, world.Authority.IssueAt(DateTimeOffset.UtcNow.AddDays(-90), DateTimeOffset.UtcNow.AddDays(-1), "127.0.0.1"));
        var name = world.Homeserver.Name = place.Listener.ToString();
        await File.WriteAllTextAsync(folder.File("root.pem"), world.Authority.Root.ExportCertificatePem());

        var (code, output, _) = await RunAsync("doctor", name, "--trust", folder.File("root.pem"), "--timeout", "30");

        Assert.Equal(1, code);
        Assert.Contains("expired", output, StringComparison.Ordinal);
        Assert.Contains("doctor-certificate", output, StringComparison.Ordinal);
    }

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
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output, await errors);
    }
}
