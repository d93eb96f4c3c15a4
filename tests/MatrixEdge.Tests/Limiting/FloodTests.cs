using System.Diagnostics;
using System.Globalization;
using System.Net;
using MatrixEdge.Listening;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Limiting;

/// <summary>What a flood of log-ins from one address does to everybody else. Measured in one run, in turns with and without it.</summary>
[Collection(nameof(Alone))]
public sealed class FloodTests(ITestOutputHelper output)
{
    private const int PerSecond = 500;
    private const int Rounds = 3;
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(400);
    private static readonly Uri Login = new("https://matrix.example.com/_matrix/client/v3/login");
    private static readonly Uri Profile = new("https://matrix.example.com/_matrix/client/v3/profile/x");

    [Fact]
    public async Task Others_notice_nothing_of_a_flood_of_log_ins()
    {
        var measured = new List<string>();
        for (var round = 1; round <= Rounds; round++)
        {
            var result = await MeasureAsync(limits: "{}", turns: 10);

            // 30 at once and one every two seconds; a turn more or less for when the clock is looked at.
            Assert.InRange(result.LoginsAllowed, 30, 30 + (int)Math.Ceiling(result.Took.TotalSeconds / 2) + 1);
            Assert.True(result.LoginsRefused > 20 * result.LoginsAllowed, result.ToString());
            Assert.True(result.LoginsAnsweredOtherwise == 0, result.ToString());
            Assert.True(result.OthersNotServed == 0, result.ToString());
            Assert.True(result.Quiet.Count > 50 && result.Flooded.Count > 50, result.ToString());

            measured.Add($"round {round}: {result}");
            output.WriteLine(measured[^1]);
            if (result.Ratio <= 1.10)
                return;
        }

        Assert.Fail($"With the flood others waited more than 10 % longer:\n{string.Join('\n', measured)}");
    }

    [Fact]
    public async Task Without_the_limit_they_would_notice()
    {
        var result = await MeasureAsync(limits: """{ "Login": { "Requests": 0 }, "Concurrency": { "Requests": 0 } }""", turns: 2);

        output.WriteLine(result.ToString());
        Assert.Equal(0, result.LoginsRefused);
        Assert.True(result.Ratio > 2, result.ToString());
    }

    private static async Task<Measured> MeasureAsync(string limits, int turns)
    {
        // A homeserver that does four things at a time, 20 ms each.
        using var workers = new SemaphoreSlim(4);
        await using var backend = new RawBackend(async (_, connection) =>
        {
            await workers.WaitAsync(connection.Stop);
            try
            {
                await Task.Delay(20, connection.Stop);
            }
            finally
            {
                workers.Release();
            }

            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
        });
        await using var gateway = await RunningGateway.StartInFrontOfAsync(backend.Port, more: $$""", "Limits": {{limits}} """);
        using var flooder = gateway.Client(HttpVersion.Version11, ListenerKind.Https, trustEverything: true);
        using var alice = gateway.Client(HttpVersion.Version11, ListenerKind.Https, trustEverything: true, from: IPAddress.Parse("127.0.0.2"));
        using var bob = gateway.Client(HttpVersion.Version20, ListenerKind.Federation, trustEverything: true, from: IPAddress.Parse("127.0.0.3"));

        // Everything is compiled and connected before it counts; the flooder's first requests are part of its allowance.
        var result = new Measured();
        var begin = Stopwatch.GetTimestamp();
        await Task.WhenAll(AskAsync(alice, [], result), AskAsync(bob, [], result));
        await FloodAsync(flooder, TimeSpan.FromMilliseconds(600), result);
        await Task.WhenAll(AskAsync(alice, [], result), AskAsync(bob, [], result));

        for (var turn = 0; turn < turns; turn++)
        {
            await Task.WhenAll(AskAsync(alice, result.Quiet, result), AskAsync(bob, result.Quiet, result));

            var flood = FloodAsync(flooder, Turn + TimeSpan.FromMilliseconds(100), result);
            await Task.Delay(TimeSpan.FromMilliseconds(50));
            await Task.WhenAll(AskAsync(alice, result.Flooded, result), AskAsync(bob, result.Flooded, result));
            await flood;
        }

        result.Took = Stopwatch.GetElapsedTime(begin);
        return result;
    }

    // One request after the other for the length of a turn.
    private static async Task AskAsync(HttpClient client, List<double> milliseconds, Measured result)
    {
        var turn = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(turn) < Turn)
        {
            var begin = Stopwatch.GetTimestamp();
            using var answer = await client.GetAsync(Profile);
            var took = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            if (answer.StatusCode != HttpStatusCode.OK)
                Interlocked.Increment(ref result.OthersNotServed);
            lock (milliseconds)
                milliseconds.Add(took);
        }
    }

    // At a steady pace, whether answers come or not, on as many connections as that takes.
    private static async Task FloodAsync(HttpClient client, TimeSpan length, Measured result)
    {
        var begin = Stopwatch.GetTimestamp();
        var running = new List<Task>();
        while (Stopwatch.GetElapsedTime(begin) is var elapsed && elapsed < length)
        {
            while (running.Count < elapsed.TotalSeconds * PerSecond)
                running.Add(LogInAsync(client, result));
            await Task.Delay(5);
        }

        await Task.WhenAll(running);
    }

    private static async Task LogInAsync(HttpClient client, Measured result)
    {
        using var guess = new StringContent("""{"type":"m.login.password","identifier":{"type":"m.id.user","user":"alice"},"password":"guess"}""");
        using var answer = await client.PostAsync(Login, guess);
        var isRefusal = answer.StatusCode == HttpStatusCode.TooManyRequests && answer.Headers.RetryAfter is not null
            && (await answer.Content.ReadAsStringAsync()).Contains("M_LIMIT_EXCEEDED", StringComparison.Ordinal);
        Interlocked.Increment(ref isRefusal ? ref result.LoginsRefused : ref answer.IsSuccessStatusCode ? ref result.LoginsAllowed : ref result.LoginsAnsweredOtherwise);
    }

    private sealed class Measured
    {
        public int LoginsAllowed;
        public int LoginsRefused;
        public int LoginsAnsweredOtherwise;
        public int OthersNotServed;

        public List<double> Quiet { get; } = [];

        public List<double> Flooded { get; } = [];

        public TimeSpan Took { get; set; }

        public double Ratio => Median(Flooded) / Median(Quiet);

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"ratio {Ratio:0.000}: median {Median(Quiet):0.00} ms without ({Quiet.Count} requests), {Median(Flooded):0.00} ms with the flood ({Flooded.Count}); log-ins: {LoginsAllowed} allowed, {LoginsRefused} refused, {LoginsAnsweredOtherwise} otherwise in {Took.TotalSeconds:0.0} s; others not served: {OthersNotServed}");

        private static double Median(List<double> values) => values.Count == 0 ? double.NaN : values.Order().ElementAt(values.Count / 2);
    }
}
