using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MatrixEdge.Acme.Tests.Protocol;

/// <summary>Whatever an answer looks like, callers see a result or an <see cref="AcmeException"/>, and never anything else.</summary>
public sealed class HostileAnswerTests
{
    private static readonly string[] Values =
    [
        "null", "true", "7", "-1e400", "\"\"", "\"x\"", "{}", "[]", "[null]", "[[]]", "\"http://ca.example/\"", "\"https://\"", "\"https://ca.example/\\u0000\"",
        "\"\\ud800\"", "\"0001-01-01T00:00:00+14:00\"", "\"9999-12-31T23:59:59.999999999-14:00\"", "{\"\\ud800\":1}", "\"" + "long" + "\"",
    ];

    public static TheoryData<string> JsonPaths =>
        ["/dir", "/account", "/account/1", "/orders", "/order", "/order/1", "/finalize/1", "/authorization/1", "/challenge/1", "/renewal"];

    public static TheoryData<string> Paths => [.. JsonPaths.Select(path => path.Data), "/certificate/1"];

    [Theory]
    [MemberData(nameof(JsonPaths))]
    public async Task A_wrong_value_in_any_place_is_no_surprise(string path)
    {
        var good = await GoodAsync(path);
        var places = Places(JsonNode.Parse(good)!, []).ToList();

        foreach (var place in places)
        {
            foreach (var value in Values.Append(null))
                await TryAsync(path, Change(good, place, value));
        }

        Assert.NotEmpty(places);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Damaged_bytes_are_no_surprise(string path)
    {
        var good = await GoodAsync(path);
        var random = new Random(4711);

        for (var i = 0; i < 300; i++)
        {
            var bad = (byte[])good.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                bad[random.Next(bad.Length)] = random.Next(3) == 0 ? (byte)random.Next(256) : "\"{}[],:\\-0n\n"u8[random.Next(12)];
            if (random.Next(3) == 0)
                bad = bad[..random.Next(bad.Length)];
            await TryAsync(path, bad);
        }
    }

    private static async Task TryAsync(string path, byte[] body)
    {
        try
        {
            await CallAsync(path, (asked, good) => asked.StartsWith(path, StringComparison.Ordinal) && (asked == path || path == "/renewal") ? body : good);
        }
        catch (AcmeException exception)
        {
            Assert.DoesNotContain(exception.Message, character => char.IsControl(character));
            Assert.InRange(exception.Message.Length, 1, 1000);
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.IAssertionException)
        {
            Assert.Fail($"{path} with {Encoding.UTF8.GetString(body)} leads to {exception}");
        }
    }

    private static async Task<byte[]> GoodAsync(string path)
    {
        var found = Array.Empty<byte>();
        await CallAsync(path, (asked, good) =>
        {
            if (asked == path || (path == "/renewal" && asked.StartsWith(path, StringComparison.Ordinal)))
                found = good;
            return good;
        });
        Assert.NotEmpty(found);
        return found;
    }

    private static async Task CallAsync(string path, Func<string, byte[], byte[]> rewrite)
    {
        var stop = TestContext.Current.CancellationToken;
        using var server = new FakeServer(Shared.Value) { Rewrite = rewrite };
        using var client = server.Client();
        var uri = new Uri(FakeServer.Base + path);
        if (path == "/dir")
        {
            await client.GetDirectoryAsync(stop);
            return;
        }

        await client.CreateAccountAsync(Key.Value, new NewAccount(), stop);
        await (path switch
        {
            "/account" => Task.CompletedTask,
            "/account/1" => client.GetAccountAsync(stop),
            "/orders" => client.GetOrdersAsync(stop),
            "/order" => client.CreateOrderAsync(new NewOrder([AcmeIdentifier.Of("example.org")]), stop),
            "/order/1" => client.WaitForOrderAsync(uri, TimeSpan.FromSeconds(10), stop),
            "/finalize/1" => client.FinalizeAsync(new AcmeOrder(uri, AcmeOrderStatus.Ready, [], [], uri), [1], stop),
            "/authorization/1" => client.WaitForAuthorizationAsync(uri, TimeSpan.FromSeconds(10), stop),
            "/challenge/1" => client.AnswerChallengeAsync(uri, stop),
            "/certificate/1" => client.DownloadCertificateAsync(uri, stop),
            _ => client.GetRenewalInfoAsync(server.Issued.Leaf, stop),
        });
    }

    private static readonly Lazy<TestAuthority.Issued> Shared = new(() => new TestAuthority().Issue("example.org"));
    private static readonly Lazy<AcmeKey> Key = new(AcmeKey.Create);

    private static IEnumerable<object[]> Places(JsonNode node, object[] place)
    {
        yield return place;
        var inner = node switch
        {
            JsonObject members => members.SelectMany(member => member.Value is null ? [] : Places(member.Value, [.. place, member.Key])),
            JsonArray items => items.SelectMany((item, index) => item is null ? [] : Places(item, [.. place, index])),
            _ => [],
        };
        foreach (var found in inner)
            yield return found;
    }

    // Null removes what is there.
    private static byte[] Change(byte[] json, object[] place, string? value)
    {
        const string Mark = "«here»";
        if (place.Length == 0)
            return Encoding.UTF8.GetBytes(value ?? "");

        var root = JsonNode.Parse(json)!;
        var parent = place[..^1].Aggregate(root, (node, step) => step is string name ? node[name]! : node[(int)step]!);
        if (place[^1] is string key)
        {
            if (value is null)
                parent.AsObject().Remove(key);
            else
                parent[key] = Mark;
        }
        else if (value is null)
        {
            parent.AsArray().RemoveAt((int)place[^1]);
        }
        else
        {
            parent[(int)place[^1]] = Mark;
        }

        var text = root.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        return Encoding.UTF8.GetBytes(text.Replace($"\"{Mark}\"", value == "\"long\"" ? $"\"https://ca.example/{new string('x', 70_000)}\"" : value, StringComparison.Ordinal));
    }
}
