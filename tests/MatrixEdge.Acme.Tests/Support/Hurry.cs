using MatrixEdge.Certificates.Ordering;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>Moves a gateway's clock on while something waits on it, so that pauses of seconds and hours are over soon.</summary>
internal static class Hurry
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits for something of the gateway's; its clock runs twenty times as fast meanwhile.</summary>
    public static async Task<T> HurryAsync<T>(this AcmeGateway gateway, Task<T> task)
    {
        while (!task.IsCompleted)
        {
            gateway.Time.Advance(Step);
            await Task.WhenAny(task, Task.Delay(Pause, TestContext.Current.CancellationToken));
        }

        return await task;
    }

    /// <summary>Orders a new certificate now, as an operator does, and waits until that has succeeded or failed.</summary>
    public static Task<RenewalOutcome> RenewAsync(this AcmeGateway gateway, string site = "example.com") =>
        gateway.HurryAsync(gateway.Source(site).RenewAsync("asked for by a test", TestContext.Current.CancellationToken));

    /// <summary>Moves the clock to the time that the gateway itself has set for its next look, and waits until it has looked.</summary>
    public static async Task NextAttemptAsync(this AcmeGateway gateway, string site = "example.com")
    {
        var source = gateway.Source(site);
        var wait = source.Status.Next.Due - gateway.Time.GetUtcNow();
        gateway.Time.Advance(wait > TimeSpan.Zero ? wait : TimeSpan.Zero);
        await gateway.HurryAsync(source.LookAsync(TestContext.Current.CancellationToken));
        source.Wake();
    }

    /// <summary>From here on the authority's clock, as its answers show it, goes with the gateway's. To be written before all other rules.</summary>
    public static void FollowClock(this FaultProxy proxy, TimeProvider time) => proxy.On()
        .Changed(answer => answer.Headers["Date"] = time.GetUtcNow().ToString("r", System.Globalization.CultureInfo.InvariantCulture));
}
