using System.Text.Json;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>
/// A web client in Chromium on another origin. To a page, a request without a proper answer is a riddle: whether nobody
/// answered, the answer broke off, or it lacked the headers of CORS, it reads "Failed to fetch". So whatever happens to the
/// homeserver, the gateway must say it in a Matrix error, and in such a way that the browser lets the page see it.
/// </summary>
public sealed class BrowserTests(BrowserStage stage) : IClassFixture<BrowserStage>, IAsyncLifetime
{
    private const int TwentyMegabytes = 20_000_000;
    private const int MoreThanSynapseTakes = 110_000_000;

    private BrowserPage page = null!;
    private MatrixClient user = null!;
    private string room = "";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private SynapseHomeserver Synapse => stage.Server.Synapse;

    /// <summary>A user in a page, logged in, and in a room.</summary>
    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(stage.WhyNot is not null, stage.WhyNot ?? "");
        var name = MatrixClient.NewName();
        user = stage.Server.Client();
        await user.RegisterAsync(name, Stop);
        room = await user.CreateRoomAsync(Stop);
        page = await stage.OpenAsync(Stop);

        var discovery = await page.DoAsync("discover", ["one.test"], Stop);
        Assert.Equal("SUCCESS", discovery.GetProperty("state").GetString());
        Assert.Equal("https://matrix.one.test", discovery.GetProperty("baseUrl").GetString());
        Assert.Equal(user.UserId, (await page.DoAsync("logIn", [name, MatrixClient.Password], Stop)).GetString());
    }

    [Fact]
    public async Task A_restart_of_the_homeserver_is_told_in_Matrix_errors_and_then_all_goes_on_by_itself()
    {
        await page.DoAsync("startSync", [], Stop);
        await ExchangeAsync("before");

        await Synapse.StopAsync();
        try
        {
            AssertIsDown(await page.AttemptAsync("whoAmI", [], Stop));
            AssertIsDown(await page.AttemptAsync("versions", [], Stop));
            AssertIsDown(await page.AttemptAsync("profile", [user.UserId], Stop));
            AssertIsDown(await page.AttemptAsync("uploadLimit", [], Stop));
            AssertIsDown(await page.AttemptAsync("send", [room, "Is anybody there?"], Stop));
            AssertIsDown(await page.AttemptAsync("upload", [TwentyMegabytes], Stop));
            AssertIsDown(await page.AttemptAsync("logIn", ["somebody", MatrixClient.Password], Stop));
            await Until.TrueAsync(
                async () => (await page.DoAsync("syncStates", [], Stop)).EnumerateArray().Any(state => state.GetString() == "RECONNECTING"), "the page's word that it reconnects", Stop);
        }
        finally
        {
            await Synapse.StartAsync(Stop);
        }

        Assert.Equal(user.UserId, (await page.DoAsync("whoAmI", [], Stop)).GetString());
        var film = await page.DoAsync("upload", [TwentyMegabytes], Stop);
        Assert.Equal(film.GetProperty("digest").GetString(), (await page.DoAsync("download", [film.GetProperty("address").GetString()!], Stop)).GetString());
        await ExchangeAsync("after");
    }

    [Fact]
    public async Task A_restart_in_the_middle_of_an_upload_is_told_in_a_Matrix_error()
    {
        await page.DoAsync("uploadLimit", [], Stop);
        await page.LimitSendingAsync(TwentyMegabytes / 20, Stop);
        var upload = page.AttemptAsync("upload", [TwentyMegabytes], Stop);
        await Until.TrueAsync(
            async () => (await page.DoAsync("uploaded", [], Stop)).GetInt64() is > TwentyMegabytes / 10 and < TwentyMegabytes, "a tenth of the upload", Stop);

        await Synapse.StopAsync();
        JsonElement outcome;
        try
        {
            outcome = await upload;
        }
        finally
        {
            await Synapse.StartAsync(Stop);
        }

        AssertIsDown(outcome);
        await page.LimitSendingAsync(-1, Stop);
        await page.DoAsync("upload", [TwentyMegabytes], Stop);
    }

    /// <summary>The gateway knows the limit once a client has asked for it; else Synapse hangs up in the middle.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_over_the_limit_is_told_as_such(bool limitWasAskedFor)
    {
        if (limitWasAskedFor)
            await page.DoAsync("uploadLimit", [], Stop);

        var outcome = await page.AttemptAsync("upload", [MoreThanSynapseTakes], Stop);

        AssertIsError(outcome, 413);
        Assert.Equal("M_TOO_LARGE", outcome.GetProperty("errcode").GetString());
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && TestContext.Current.TestOutputHelper is { } output)
        {
            output.WriteLine($"--- answers ---\n{string.Join('\n', page?.Answers ?? [])}\n--- failures ---\n{string.Join('\n', page?.Failures ?? [])}");
            output.WriteLine($"--- gateway ---\n{stage.Server.Gateway.Report()}\n--- Synapse ---\n{Synapse.Report()}");
        }

        user?.Dispose();
        if (page is null)
            return;

        await page.DoAsync("stop", [], CancellationToken.None);
        await page.DisposeAsync();
        Assert.Empty(page.Failures);
        Assert.All(page.Answers.Where(answer => answer.Url.StartsWith("https:", StringComparison.Ordinal)), answer => Assert.Equal("h2", answer.Protocol));
        Assert.Empty(stage.Server.Gateway.Complaints());
    }

    /// <summary>A message each way; the page sees the other's by its sync.</summary>
    private async Task ExchangeAsync(string when)
    {
        var eventId = (await page.DoAsync("send", [room, $"From the page, {when}"], Stop)).GetString()!;
        await user.ReceiveAsync(room, eventId, Stop);
        await user.SendTextAsync(room, $"To the page, {when}", Stop);
        await Until.TrueAsync(
            async () => (await page.DoAsync("hasReceived", [$"To the page, {when}"], Stop)).GetBoolean(), $"the message to the page, {when}", Stop);
    }

    private static void AssertIsDown(JsonElement outcome) => AssertIsError(outcome, 502, 503, 504);

    private static void AssertIsError(JsonElement outcome, params int[] statuses)
    {
        Assert.True(outcome.TryGetProperty("error", out var error) && error.GetString() == "MatrixError", outcome.ToString());
        Assert.StartsWith("M_", outcome.GetProperty("errcode").GetString(), StringComparison.Ordinal);
        Assert.Contains(outcome.GetProperty("status").GetInt32(), statuses);
    }
}
