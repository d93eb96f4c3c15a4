namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// What every test here has in common: the two servers, a gateway that has nothing to complain about in its log, and the logs
/// of all programs at hand when the test fails.
/// </summary>
public abstract class EndToEndTest : IDisposable
{
    private readonly TwoServers servers;
    private readonly (int One, int Two) complaints;

    protected EndToEndTest(TwoServers servers)
    {
        Assert.SkipWhen(servers.WhyNot is not null, servers.WhyNot ?? "");
        this.servers = servers;
        complaints = (One.Gateway.Complaints().Count(), Two.Gateway.Complaints().Count());
    }

    internal MatrixServer One => servers.One;

    internal MatrixServer Two => servers.Two;

    internal TestAuthority Authority => servers.Authority;

    internal static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed && TestContext.Current.TestOutputHelper is { } output)
        {
            foreach (var (name, server) in new[] { ("one", One), ("two", Two) })
            {
                output.WriteLine($"--- gateway {name} ---\n{server.Gateway.Report()}");
                output.WriteLine($"--- Synapse {name} ---\n{server.Synapse.Report()}");
            }
        }

        Assert.Equal("", string.Join('\n', One.Gateway.Complaints().Skip(complaints.One)));
        Assert.Equal("", string.Join('\n', Two.Gateway.Complaints().Skip(complaints.Two)));
        GC.SuppressFinalize(this);
    }
}
