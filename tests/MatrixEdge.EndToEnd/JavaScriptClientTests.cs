using System.Text.Json;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>The SDK that Element is made of, in Node.js, trusting the tests' root as a browser would.</summary>
public sealed class JavaScriptClientTests(TwoServers servers) : EndToEndTest(servers)
{
    [Fact]
    public async Task The_JavaScript_SDK_discovers_logs_in_syncs_and_sends()
    {
        var whyNot = Tools.WhyNoJavaScript();
        Assert.SkipWhen(whyNot is not null, whyNot ?? "");
        var name = MatrixClient.NewName();
        using var user = One.Client();
        await user.RegisterAsync(name, Stop);
        var room = await user.CreateRoomAsync(Stop);

        await using var node = await ChildProcess.StartAsync(
            ["node", Path.Combine(Tools.JavaScript, "client.mjs"), $"localhost:{One.Gateway.HttpsPort}", name, MatrixClient.Password, room],
            new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = Authority.RootPath });
        var exit = await node.EndAsync(TimeSpan.FromMinutes(2));

        var report = string.Join('\n', node.Lines);
        Assert.True(exit == 0, report);
        var result = JsonDocument.Parse(node.Lines.Last()).RootElement;
        Assert.Equal("SUCCESS", result.GetProperty("discovery").GetProperty("state").GetString());
        Assert.Equal($"https://localhost:{One.Gateway.HttpsPort}", result.GetProperty("discovery").GetProperty("base_url").GetString()!.TrimEnd('/'));
        Assert.Equal(user.UserId, result.GetProperty("userId").GetString());
        Assert.True(result.GetProperty("prepared").GetBoolean());
        var received = await user.ReceiveAsync(room, result.GetProperty("eventId").GetString()!, Stop);
        Assert.Equal("Hello from JavaScript", received.GetProperty("content").GetProperty("body").GetString());
    }
}
