using System.Net;
using System.Security.Cryptography;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

public sealed class ClientTests(TwoServers servers) : EndToEndTest(servers)
{
    private const int FortyMegabytes = 40_000_000;

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Registers_logs_in_sends_and_syncs(string version)
    {
        var name = MatrixClient.NewName();
        using var registered = One.Client(Version.Parse(version));
        await registered.RegisterAsync(name, Stop);
        using var loggedIn = One.Client(Version.Parse(version));
        await loggedIn.LogInAsync(name, Stop);
        var room = await registered.CreateRoomAsync(Stop);

        var sent = await loggedIn.SendTextAsync(room, "Hello through the gateway", Stop);
        var received = await registered.ReceiveAsync(room, sent, Stop);

        Assert.Equal($"@{name}:{One.Name}", loggedIn.UserId);
        Assert.NotEqual(registered.Token, loggedIn.Token);
        Assert.Equal("Hello through the gateway", received.GetProperty("content").GetProperty("body").GetString());
        Assert.Equal(loggedIn.UserId, received.GetProperty("sender").GetString());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Carries_40_MB_up_and_down_unchanged(string version)
    {
        using var user = await One.NewUserAsync(Stop, Version.Parse(version));
        var picture = RandomNumberGenerator.GetBytes(FortyMegabytes);

        var media = await MediaFile.UploadAsync(user, picture, Stop);
        using var answer = await user.SendAsync(
            HttpMethod.Get, media.DownloadTarget, completion: HttpCompletionOption.ResponseHeadersRead, cancellationToken: Stop);
        var downloaded = await SHA256.HashDataAsync(await answer.Content.ReadAsStreamAsync(Stop), Stop);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(FortyMegabytes, answer.Content.Headers.ContentLength);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(picture)), Convert.ToHexString(downloaded));
    }

    /// <summary>Synapse takes 100 MB here (its <c>100M</c> are MiB), and hangs up in the middle of what is larger.</summary>
    [Theory]
    [InlineData("1.1", false)]
    [InlineData("2.0", false)]
    [InlineData("1.1", true)]
    [InlineData("2.0", true)]
    public async Task Says_what_is_wrong_with_an_upload_that_Synapse_does_not_take(string version, bool limitWasAskedFor)
    {
        using var user = await One.NewUserAsync(Stop, Version.Parse(version));
        if (limitWasAskedFor)
            await user.AskAsync(HttpMethod.Get, "/_matrix/client/v1/media/config", cancellationToken: Stop);
        using var content = new ByteArrayContent(new byte[110_000_000]);

        using var answer = await user.SendAsync(HttpMethod.Post, "/_matrix/media/v3/upload?filename=film", content, cancellationToken: Stop);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        var error = System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Stop)).RootElement;
        Assert.Equal("M_TOO_LARGE", error.GetProperty("errcode").GetString());
        Assert.Equal(["*"], answer.Headers.GetValues("Access-Control-Allow-Origin"));
        if (limitWasAskedFor)
            Assert.Equal("This server accepts at most 100 MiB", error.GetProperty("error").GetString());
    }
}
