using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using YamlDotNet.Serialization;

namespace MatrixEdge.Tests.Deployment;

/// <summary>Dockerfile and deploy/compose.yaml agree with the program that they run.</summary>
public sealed class ContainerTests
{
    private const string Store = "/var/lib/matrixedge";
    private const string Settings = "/etc/matrixedge";

    [Fact]
    public void The_image_is_published_by_the_command_that_README_names_and_the_tests_use()
    {
        var command = Assert.Single(Instructions("RUN"), line => line.Contains("dotnet publish", StringComparison.Ordinal));

        Assert.StartsWith("dotnet publish src/MatrixEdge -c Release -r linux-x64 -o /out", command, StringComparison.Ordinal);
        Assert.Contains("dotnet publish src/MatrixEdge -c Release -r linux-x64 -o out\n", Repository.Read("README.md"), StringComparison.Ordinal);
        Assert.Contains("dotnet publish src/MatrixEdge -c Release -r linux-x64 -o \"$1\" ", Repository.Read("tests/publish"), StringComparison.Ordinal);
        Assert.Contains("--from=build /out /opt/matrixedge", Instructions("COPY"));
        Assert.Equal("[\"/opt/matrixedge/matrixedge\"]", Assert.Single(Instructions("ENTRYPOINT")));
    }

    [Fact]
    public void The_image_has_the_ports_the_store_and_the_settings_of_the_defaults()
    {
        Assert.Equal(string.Join(' ', DefaultPorts()), Assert.Single(Instructions("EXPOSE")));
        Assert.Equal(Store, Assert.Single(Instructions("VOLUME")));
        Assert.Contains(Instructions("RUN"), line => line.EndsWith(" -o $APP_UID -g $APP_UID " + Store, StringComparison.Ordinal));
        Assert.Equal($"MATRIXEDGE_CONFIG={Settings}/appsettings.json", Assert.Single(Instructions("ENV")));
    }

    [Fact]
    public void The_image_does_not_run_as_root_and_is_stopped_by_the_signal_that_drains()
    {
        Assert.Equal("$APP_UID", Assert.Single(Instructions("USER")));
        Assert.Equal("SIGTERM", Assert.Single(Instructions("STOPSIGNAL")));
    }

    [Fact]
    public async Task The_health_check_is_well_while_the_gateway_is_ready_and_not_when_it_is_gone()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backendPort: 1);
        var command = HealthCheck(gateway.Port(ListenerKind.Admin));

        var running = await Tool.RunAsync(command);
        await gateway.StopAsync();
        var stopped = await Tool.RunAsync(command);

        Assert.Equal((0, ""), running);
        Assert.NotEqual(0, stopped.ExitCode);
    }

    [Fact]
    public async Task The_health_check_is_not_well_when_the_gateway_is_not_ready()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var check = Tool.RunAsync(HealthCheck(((IPEndPoint)listener.LocalEndpoint).Port));
        using (var connection = await listener.AcceptTcpClientAsync())
        {
            // A shell writes line by line.
            var request = new byte[1024];
            var length = 0;
            while (!Encoding.ASCII.GetString(request, 0, length).Contains("\r\n\r\n", StringComparison.Ordinal)
                && await connection.GetStream().ReadAsync(request.AsMemory(length)) is > 0 and var read)
            {
                length += read;
            }

            Assert.StartsWith("GET /health/ready HTTP/1.1\r\nHost: localhost\r\n", Encoding.ASCII.GetString(request, 0, length), StringComparison.Ordinal);
            await connection.GetStream().WriteAsync("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        }

        Assert.NotEqual(0, (await check).ExitCode);
    }

    [Fact]
    public void Compose_publishes_the_ports_and_keeps_the_store()
    {
        var gateway = Compose().Services["gateway"];

        Assert.Equal(DefaultPorts().Select(port => $"{port}:{port}"), gateway.Ports);
        Assert.Contains($"./matrixedge:{Settings}:ro", gateway.Volumes);
        Assert.Contains($"gateway:{Store}", gateway.Volumes);
        Assert.True(File.Exists(Path.Combine(Repository.PathOf("deploy"), gateway.Build!, "Dockerfile")));
    }

    [Fact]
    public void Compose_declares_every_volume_that_it_uses()
    {
        var compose = Compose();

        Assert.Equal(
            compose.Volumes.Keys.Order(StringComparer.Ordinal),
            compose.Services.Values.SelectMany(service => service.Volumes).Select(volume => volume.Split(':')[0])
                .Where(name => !name.StartsWith('.')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Compose_waits_longer_than_the_gateway_drains()
    {
        var seconds = int.Parse(Compose().Services["gateway"].StopGracePeriod!.TrimEnd('s'), CultureInfo.InvariantCulture);

        Assert.True(TimeSpan.FromSeconds(seconds) > DefaultDrainFor(), $"{seconds} s");
    }

    [Fact]
    public void Compose_s_configuration_loads_and_leads_to_the_homeserver_which_has_no_port_of_its_own()
    {
        using var folder = new TemporaryFolder();

        var (settings, _) = UnderstoodConfiguration.Soundly(folder, Repository.Read("deploy/matrixedge/appsettings.json"));

        var homeserver = Compose().Services[Assert.Single(settings.Sites).Homeserver.Address.Host];
        Assert.Contains("synapse", homeserver.Image, StringComparison.Ordinal);
        Assert.Empty(homeserver.Ports);
    }

    internal static TimeSpan DefaultDrainFor()
    {
        using var folder = new TemporaryFolder();
        return UnderstoodConfiguration.Soundly(folder, Repository.Read("deploy/matrixedge/appsettings.json")).Settings.Listen.DrainFor;
    }

    private static IEnumerable<int> DefaultPorts()
    {
        using var folder = new TemporaryFolder();
        var listen = UnderstoodConfiguration.Soundly(folder, Repository.Read("deploy/matrixedge/appsettings.json")).Settings.Listen;
        return [listen.Http!.Port, listen.Https!.Port, listen.Federation!.Port];
    }

    private static string[] HealthCheck(int port)
    {
        var text = Assert.Single(Instructions("HEALTHCHECK"));
        var command = JsonSerializer.Deserialize<string[]>(text[(text.IndexOf(" CMD ", StringComparison.Ordinal) + 5)..])!;
        Assert.Contains("/dev/tcp/127.0.0.1/9090 ", command[^1], StringComparison.Ordinal);
        return [.. command[..^1], command[^1].Replace("9090", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)];
    }

    // What stands behind each use of an instruction, on one line.
    private static List<string> Instructions(string name)
    {
        var lines = Regex.Replace(Repository.Read("Dockerfile"), @"\s*\\\n\s*", " ").Split('\n');
        return [.. lines.Where(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Select(line => line[(name.Length + 1)..])];
    }

    private static ComposeFile Compose() =>
        new DeserializerBuilder().IgnoreUnmatchedProperties().Build().Deserialize<ComposeFile>(Repository.Read("deploy/compose.yaml"));

    private sealed class ComposeFile
    {
        [YamlMember(Alias = "services")]
        public Dictionary<string, Service> Services { get; set; } = [];

        [YamlMember(Alias = "volumes")]
        public Dictionary<string, object?> Volumes { get; set; } = [];
    }

    private sealed class Service
    {
        [YamlMember(Alias = "build")]
        public string? Build { get; set; }

        [YamlMember(Alias = "image")]
        public string? Image { get; set; }

        [YamlMember(Alias = "stop_grace_period")]
        public string? StopGracePeriod { get; set; }

        [YamlMember(Alias = "ports")]
        public List<string> Ports { get; set; } = [];

        [YamlMember(Alias = "volumes")]
        public List<string> Volumes { get; set; } = [];
    }
}
