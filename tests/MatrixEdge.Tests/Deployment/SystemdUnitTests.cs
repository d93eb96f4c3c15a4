using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Deployment;

/// <summary>deploy/systemd/matrixedge.service, asked by systemd's own tool and compared with the program that it runs.</summary>
public sealed class SystemdUnitTests
{
    private const string Program = "/opt/matrixedge/matrixedge";

    private static readonly string Unit = Repository.Read("deploy/systemd/matrixedge.service");

    [Fact]
    public async Task Systemd_understands_every_line()
    {
        Assert.SkipUnless(Tool.IsThere("systemd-analyze"), "systemd-analyze is not installed");
        using var folder = new TemporaryFolder();

        var (exitCode, output) = await Tool.RunAsync("systemd-analyze", "verify", WithAnyProgram(folder));

        Assert.Equal((0, ""), (exitCode, output));
    }

    [Fact]
    public async Task Systemd_finds_little_exposure()
    {
        Assert.SkipUnless(Tool.IsThere("systemd-analyze"), "systemd-analyze is not installed");
        using var folder = new TemporaryFolder();

        // In tenths, out of a hundred; a service without a sandbox has 96.
        var (exitCode, output) = await Tool.RunAsync(
            "systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", WithAnyProgram(folder));

        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void Systemd_waits_longer_than_the_gateway_drains()
    {
        var seconds = int.Parse(Value("TimeoutStopSec"), CultureInfo.InvariantCulture);

        Assert.True(TimeSpan.FromSeconds(seconds) > ContainerTests.DefaultDrainFor(), $"{seconds} s");
    }

    [Fact]
    public void The_unit_names_the_file_the_folders_and_the_exit_code_of_the_program()
    {
        Assert.Equal($"{Program} serve --config {ConfigurationEnvironment.OfProcess().SearchedFiles[^1]}", Value("ExecStart"));
        Assert.Equal("matrixedge", Value("StateDirectory"));
        Assert.Contains($"\"/var/log/{Value("LogsDirectory")}/", Repository.Read("README.md"), StringComparison.Ordinal);
        Assert.Equal(Commands.BadUse.ToString(CultureInfo.InvariantCulture), Value("RestartPreventExitStatus"));
    }

    [Fact]
    public void The_service_has_the_right_to_low_ports_and_no_other()
    {
        Assert.Equal("CAP_NET_BIND_SERVICE", Value("AmbientCapabilities"));
        Assert.Equal("CAP_NET_BIND_SERVICE", Value("CapabilityBoundingSet"));
        Assert.Equal("matrixedge", Value("User"));
    }

    // The tool wants the program to be there; this one is.
    private static string WithAnyProgram(TemporaryFolder folder)
    {
        var path = folder.File("matrixedge.service");
        File.WriteAllText(path, Unit.Replace($"ExecStart={Program} ", $"ExecStart={Environment.ProcessPath} ", StringComparison.Ordinal));
        return path;
    }

    private static string Value(string key) => Assert.Single(Regex.Matches(Unit, $"^{key}=(.*)$", RegexOptions.Multiline)).Groups[1].Value;
}
