namespace MatrixEdge.EndToEnd.Support;

/// <summary>Two homeservers that federate, each behind a gateway of its own; started once for all tests.</summary>
public sealed class TwoServers : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("matrixedge-e2e-");
    private readonly TestAuthority? authority;
    private readonly MatrixServer? one;
    private readonly MatrixServer? two;

    public TwoServers()
    {
        WhyNot = Tools.WhyNot();
        if (WhyNot is not null)
            return;

        authority = new TestAuthority(directory.FullName);
        one = Server("one");
        two = Server("two");
    }

    /// <summary>Why there are none; null when there are.</summary>
    public string? WhyNot { get; }

    internal TestAuthority Authority => authority!;

    internal MatrixServer One => one!;

    internal MatrixServer Two => two!;

    public async ValueTask InitializeAsync()
    {
        if (WhyNot is null)
            await Task.WhenAll(One.StartAsync(TestContext.Current.CancellationToken), Two.StartAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { one, two }.OfType<MatrixServer>())
            await server.DisposeAsync();
        authority?.Dispose();
        directory.Delete(recursive: true);
    }

    /// <summary>A further server of the same authority, not started.</summary>
    internal MatrixServer Server(string name) => new(directory.CreateSubdirectory(name).FullName, Authority.Place());
}
