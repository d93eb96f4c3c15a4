using MatrixEdge.Listening;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.Tests.Sites;

public sealed class EchoTests
{
    private readonly ManualTime time = new(DateTimeOffset.UnixEpoch.AddYears(50));

    [Fact]
    public void A_path_is_good_for_ten_minutes_and_not_for_ever()
    {
        var echo = new Echo(time);
        var path = echo.NewPath();

        time.Advance(TimeSpan.FromMinutes(11));
        var next = echo.NewPath();

        Assert.NotEqual(path, next);
        Assert.True(echo.Owns(path + "/%21a?b"));
        Assert.True(echo.Owns(next));
        time.Advance(TimeSpan.FromMinutes(11));
        echo.NewPath();
        Assert.False(echo.Owns(path));
        time.Advance(TimeSpan.FromMinutes(30));
        Assert.False(echo.Owns(next));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("00000000000000000000000000000000/x")]
    [InlineData("%30%30")]
    public void Nobody_is_told_anything_without_the_secret(string guess)
    {
        var echo = new Echo(time);
        Assert.False(echo.Owns(Echo.Prefix + guess));
        var path = echo.NewPath();

        Assert.False(echo.Owns(Echo.Prefix + guess));
        Assert.False(echo.Owns(path.AsSpan(0, path.Length - 1)));
        Assert.False(echo.Owns(path + "0"));
        Assert.False(echo.Owns(path.ToUpperInvariant()));
    }

    [Fact]
    public async Task A_guess_goes_to_the_homeserver_as_anything_else_does()
    {
        await using var backend = RawBackend.Answering("homeserver");
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port);
        var path = gateway.Services.GetRequiredService<Echo>().NewPath();

        await using var right = await gateway.ConnectAsync(ListenerKind.Federation);
        await using var wrong = await gateway.ConnectAsync(ListenerKind.Federation);
        var told = await RawAnswer.ExchangeAsync(right, $"GET {path}/%21a%2F?b=%20 HTTP/1.1\r\nHost: example.com\r\nX-One: 1\r\nX-One: 2\r\n\r\n");
        var passed = await RawAnswer.ExchangeAsync(wrong, $"GET {Echo.Prefix}00000000000000000000000000000000/ HTTP/1.1\r\nHost: example.com\r\n\r\n");

        Assert.Contains($"\"target\":\"{path}/%21a%2F?b=%20\"", told.Text, StringComparison.Ordinal);
        Assert.Contains("{\"name\":\"X-One\",\"value\":\"1\"},{\"name\":\"X-One\",\"value\":\"2\"}", told.Text, StringComparison.Ordinal);
        Assert.Equal("homeserver", passed.Text);
    }
}
