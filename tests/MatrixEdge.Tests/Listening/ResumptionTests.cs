using System.Globalization;
using System.Text.RegularExpressions;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Listening;

/// <summary>What a client with a session from before makes of a new certificate, seen by a TLS library that is not the gateway's own.</summary>
public sealed class ResumptionTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TestAuthority authority = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("tls1_2", nameof(ListenerKind.Https))]
    [InlineData("tls1_3", nameof(ListenerKind.Https))]
    [InlineData("tls1_3", nameof(ListenerKind.Federation))]
    public async Task Scenario_09_a_session_is_resumed_until_the_certificate_changes_then_begun_anew_without_an_error(string version, string listener)
    {
        Assert.SkipUnless(Tool.IsThere("openssl"), "openssl is not installed");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        var served = gateway.Services.GetRequiredService<ServedCertificate>();
        var port = gateway.Port(Enum.Parse<ListenerKind>(listener));
        var before = Publish(served);

        Assert.Equal(("New", before), await ConnectAsync(port, version, "-sess_out"));
        Assert.Equal("Reused", (await ConnectAsync(port, version, "-sess_in")).Session);
        served.Publish("", ["example.com"], served.Find("")!); // the same once more
        Assert.Equal("Reused", (await ConnectAsync(port, version, "-sess_in")).Session);

        var after = Publish(served);

        Assert.NotEqual(before, after);
        Assert.Equal(("New", after), await ConnectAsync(port, version, "-sess_in"));
        Assert.Equal(("New", after), await ConnectAsync(port, version, "-sess_out"));
        Assert.Equal("Reused", (await ConnectAsync(port, version, "-sess_in")).Session);
    }

    [Theory]
    [InlineData("tls1_2")]
    [InlineData("tls1_3")]
    public async Task A_session_lasts_two_hours_and_the_key_of_its_ticket_a_day(string version)
    {
        Assert.SkipUnless(Tool.IsThere("openssl"), "openssl is not installed");
        var time = new ManualTime(DateTimeOffset.UtcNow);
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1, time: time);
        var port = gateway.Port(ListenerKind.Https);

        Assert.Equal("New", (await ConnectAsync(port, version, "-sess_out")).Session);
        Assert.Contains("ticket lifetime hint: 7200 (seconds)", await File.ReadAllTextAsync(folder.File("out.txt")), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromHours(23));
        Assert.Equal("Reused", (await ConnectAsync(port, version, "-sess_in")).Session);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal("New", (await ConnectAsync(port, version, "-sess_in")).Session);
    }

    private string Publish(ServedCertificate served)
    {
        var issued = authority.Issue("example.com");
        served.Publish("", ["example.com"], new CertificateBundle(issued.Leaf, [.. issued.Chain]));
        return issued.Serial.TrimStart('0'); // openssl writes the number, not its bytes
    }

    // Tickets of TLS 1.3 come behind the handshake: a request makes sure that they are there.
    private async Task<(string Session, string Serial)> ConnectAsync(int port, string version, string session)
    {
        var (_, output) = await Tool.RunAsync("sh", "-c", string.Create(CultureInfo.InvariantCulture, $$"""
            printf 'GET / HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n' |
            openssl s_client -connect 127.0.0.1:{{port}} -servername example.com -{{version}} {{session}} '{{folder.File("session.pem")}}' -ign_eof > '{{folder.File("out.txt")}}' 2>&1
            cat '{{folder.File("out.txt")}}'; openssl x509 -in '{{folder.File("out.txt")}}' -noout -serial
            """));
        Assert.Contains("HTTP/1.1 404", output, StringComparison.Ordinal);
        return (Regex.Match(output, "^(New|Reused), TLSv", RegexOptions.Multiline).Groups[1].Value, Regex.Match(output, "serial=0*([0-9A-F]+)").Groups[1].Value);
    }
}
