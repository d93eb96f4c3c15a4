using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Fixtures;

public sealed class PebbleServerTests
{
    [Fact]
    public async Task Answers_its_directory_at_an_address_that_the_roots_file_vouches_for()
    {
        AcmeTools.SkipWithoutPebble();
        var stop = TestContext.Current.CancellationToken;
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        using var client = ListenerAuthority.Client();

        var directory = JsonDocument.Parse(await client.GetStringAsync(pebble.DirectoryUri, stop)).RootElement;

        Assert.StartsWith($"https://127.0.0.1:{pebble.DirectoryUri.Port}/", directory.GetProperty("newOrder").GetString());
        Assert.Equal(
            ["classic", "shortlived", "tiny", "tlsserver"],
            directory.GetProperty("meta").GetProperty("profiles").EnumerateObject().Select(profile => profile.Name).Order());
        Assert.Equal(ListenerAuthority.Root.SerialNumber, X509CertificateLoader.LoadCertificateFromFile(pebble.RootsFile).SerialNumber);
    }

    [Fact]
    public async Task Has_other_roots_after_a_restart_at_the_same_address()
    {
        AcmeTools.SkipWithoutPebble();
        var stop = TestContext.Current.CancellationToken;
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { AlternateRoots = 1 }, stop);
        var address = pebble.DirectoryUri;
        using var before = await pebble.GetIssuingRootAsync(1, stop);

        await pebble.RestartAsync(stop);

        using var after = await pebble.GetIssuingRootAsync(1, stop);
        Assert.NotEqual(before.SerialNumber, after.SerialNumber);
        Assert.Equal(address, pebble.DirectoryUri);
    }

    [Fact]
    public async Task Is_not_there_while_it_is_stopped()
    {
        AcmeTools.SkipWithoutPebble();
        var stop = TestContext.Current.CancellationToken;
        await using var pebble = await PebbleServer.StartAsync(cancellationToken: stop);
        using var client = ListenerAuthority.Client();

        await pebble.StopAsync();

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(pebble.DirectoryUri, stop));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(failure.InnerException).SocketErrorCode);
        await pebble.StartAgainAsync(stop);
        using var answer = await client.GetAsync(pebble.DirectoryUri, stop);
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Many_start_at_once()
    {
        AcmeTools.SkipWithoutPebble();
        var stop = TestContext.Current.CancellationToken;

        var pebbles = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PebbleServer.StartAsync(cancellationToken: stop)));

        Assert.Equal(8, pebbles.Select(pebble => pebble.DirectoryUri).Distinct().Count());
        foreach (var pebble in pebbles)
            await pebble.DisposeAsync();
    }
}
