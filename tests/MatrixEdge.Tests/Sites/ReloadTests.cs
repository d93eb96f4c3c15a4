using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Sites;

/// <summary>A change of the configuration file while the gateway runs: as a whole or not at all, and nobody is cut off.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task A_valid_change_takes_effect_as_a_whole()
    {
        await using var first = RawBackend.Answering("\"first\"");
        await using var second = RawBackend.Answering("\"second\"");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(first.Port);
        await using var open = await gateway.ConnectAsync();
        Assert.Equal("\"first\"", (await AskAsync(open, "example.com", "/_matrix/client/versions")).Text);

        gateway.Reconfigure(Site("example.com", second.Port, """ , "FederationPort": 443 """));
        await gateway.Events.WaitForAsync("is in force now; sites: example.com");

        Assert.Equal("\"second\"", (await AskAsync(open, "example.com", "/_matrix/client/versions")).Text);
        Assert.Contains("matrix.example.com:443", (await AskAsync(open, "example.com", "/.well-known/matrix/server")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_brings_another_certificate_and_the_old_name_is_gone()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        var before = await gateway.HandshakeAsync(ListenerKind.Https, "example.com");

        gateway.Reconfigure(Site("example.net", backend.Port));
        await gateway.Events.WaitForAsync("is in force now; sites: example.net");

        var after = await gateway.HandshakeAsync(ListenerKind.Federation, "example.net");
        Assert.NotEqual(before.Serials, after.Serials);
        await using var client = await gateway.ConnectAsync();
        Assert.Equal(421, (await AskAsync(client, "example.com", "/.well-known/matrix/server")).Status);
        Assert.Equal(200, (await AskAsync(client, "example.net", "/.well-known/matrix/server")).Status);
    }

    [Fact]
    public async Task An_invalid_change_is_refused_as_a_whole_and_a_later_valid_one_taken()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();

        gateway.Reconfigure(Site("example.net", backend.Port, """ , "Nonsense": 1 """));
        var refused = await gateway.Events.WaitForAsync("is refused as a whole; what was in force stays in force");
        var still = await AskAsync(client, "example.com", "/.well-known/matrix/server");
        gateway.Reconfigure(Site("example.net", backend.Port));
        await gateway.Events.WaitForAsync("is in force now");

        Assert.StartsWith("Error", refused, StringComparison.Ordinal);
        Assert.Contains("MatrixEdge:Sites:0:Nonsense is 1: this key is not known here", refused, StringComparison.Ordinal);
        Assert.Equal(200, still.Status);
        Assert.Equal(200, (await AskAsync(client, "example.net", "/.well-known/matrix/server")).Status);
    }

    [Fact]
    public async Task Certificate_files_that_cannot_be_used_refuse_the_whole_change()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        await using var client = await gateway.ConnectAsync();
        var rubbish = gateway.ConfigurationFile + ".pem";
        await File.WriteAllTextAsync(rubbish, "rubbish");

        gateway.Reconfigure(Site("example.net", backend.Port).TrimEnd()[..^1] + $$"""
            , "Certificate": { "Source": "Files", "CertificatePath": "{{rubbish}}", "PrivateKeyPath": "{{rubbish}}" } }
            """);
        var refused = await gateway.Events.WaitForAsync("is refused as a whole");

        Assert.Contains("holds no certificate", refused, StringComparison.Ordinal);
        Assert.Equal(200, (await AskAsync(client, "example.com", "/.well-known/matrix/server")).Status);
    }

    [Fact]
    public async Task A_change_that_only_the_certificate_files_kept_out_is_taken_when_they_are_right()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);
        using var folder = new TemporaryFolder();
        var issued = new TestAuthority().Issue("example.net", "matrix.example.net");
        issued.WriteTo(folder);
        await File.WriteAllTextAsync(folder.File("privkey.pem"), new TestAuthority().Issue("example.net").KeyPem);

        gateway.Reconfigure(Site("example.net", 1).TrimEnd()[..^1] + $$"""
            , "Certificate": { "Source": "Files", "CertificatePath": "{{folder.File("fullchain.pem")}}", "PrivateKeyPath": "{{folder.File("privkey.pem")}}" } }
            """);
        await gateway.Events.WaitForAsync("is refused as a whole");
        await File.WriteAllTextAsync(folder.File("privkey.pem"), issued.KeyPem);
        await gateway.Events.WaitForAsync("is in force now; sites: example.net");

        Assert.Equal(issued.Serial, (await gateway.HandshakeAsync(ListenerKind.Https, "example.net")).Serials[0]);
    }

    [Fact]
    public async Task A_log_section_that_Serilog_cannot_read_is_refused()
    {
        await using var gateway = await RunningGateway.StartInFrontOfAsync(1);

        gateway.Reconfigure(Site("example.net", 1), """{ "MinimumLevel": "Loud" }""");

        Assert.Contains("The value Loud is not a valid Serilog level", await gateway.Events.WaitForAsync("is refused as a whole"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_needs_a_restart_says_so()
    {
        await using var backend = RawBackend.Answering();
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);

        gateway.Reconfigure(Site("example.com", backend.Port).TrimEnd()[..^1] + """
            , "Listen": { "Http": "", "Https": "127.0.0.1:0", "Federation": "127.0.0.1:0", "Admin": "127.0.0.1:0" } }
            """);

        await gateway.Events.WaitForAsync("MatrixEdge:Listen:Http was changed: this takes effect at the next start");

        gateway.Reconfigure(Site("example.com", backend.Port));
        await gateway.Events.WaitForAsync("is in force now", times: 2);
        Assert.Single(gateway.Events.Messages, message => message.Contains("takes effect at the next start", StringComparison.Ordinal));
    }

    /// <summary>2,000 clients wait for news while the certificate and the configuration change under them.</summary>
    [Fact]
    public async Task Long_polls_outlive_a_certificate_swap_and_a_change()
    {
        const int Clients = 2000;
        var news = new TaskCompletionSource();
        await using var backend = new RawBackend(async (request, connection) =>
        {
            if (request.Target.Contains("/sync", StringComparison.Ordinal))
                await news.Task;
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews");
        });
        using var folder = new TemporaryFolder();
        var authority = new TestAuthority();
        authority.Issue("example.com", "matrix.example.com").WriteTo(folder);
        var certificate = $$"""
            , "Certificate": { "Source": "Files", "CertificatePath": "{{folder.File("fullchain.pem")}}", "PrivateKeyPath": "{{folder.File("privkey.pem")}}" }
            """;
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: certificate);

        var clients = new List<System.Net.Security.SslStream>();
        foreach (var batch in Enumerable.Range(0, Clients).Chunk(50))
        {
            clients.AddRange(await Task.WhenAll(batch.Select(i => gateway.ConnectAsync(i % 2 == 0 ? ListenerKind.Https : ListenerKind.Federation))));
            foreach (var client in clients[^batch.Length..])
                await client.WriteAsync("GET /_matrix/client/v3/sync?timeout=30000 HTTP/1.1\r\nHost: example.com\r\n\r\n"u8.ToArray());
        }

        for (var i = 0; i < 3000 && backend.Requests.Count < Clients; i++)
            await Task.Delay(20);
        Assert.Equal(Clients, backend.Requests.Count);

        var renewed = authority.Issue("example.com", "matrix.example.com");
        renewed.WriteTo(folder);
        await gateway.Events.WaitForAsync("Serving a new certificate");
        gateway.Reconfigure(Site("example.com", backend.Port, """ , "FederationPort": 443 """).TrimEnd()[..^1] + certificate + "}");
        await gateway.Events.WaitForAsync("is in force now");
        Assert.Equal(renewed.Serial, (await gateway.HandshakeAsync(ListenerKind.Https, "example.com")).Serials[0]);
        Assert.Equal(renewed.Serial, (await gateway.HandshakeAsync(ListenerKind.Federation, "example.com")).Serials[0]);

        news.SetResult();
        var answers = await Task.WhenAll(clients.Select(client => RawAnswer.ReadAsync(client)));

        Assert.All(answers, answer => Assert.Equal((200, "news"), (answer.Status, answer.Text)));
        foreach (var client in clients)
            await client.DisposeAsync();
    }

    private static Task<RawAnswer> AskAsync(Stream stream, string host, string target) =>
        RawAnswer.ExchangeAsync(stream, $"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");

    private static string Site(string serverName, int port, string more = "") => $$"""
        { "Sites": [{ "ServerName": "{{serverName}}", "PublicHost": "matrix.{{serverName}}", "Homeserver": { "Address": "http://127.0.0.1:{{port}}" }{{more}} }] }
        """;
}
