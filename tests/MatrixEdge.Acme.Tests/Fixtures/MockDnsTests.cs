namespace MatrixEdge.Acme.Tests.Fixtures;

public sealed class MockDnsTests
{
    [Fact]
    public async Task Answers_with_what_was_set_and_tells_what_was_asked()
    {
        AcmeTools.SkipWithoutPebble();
        var stop = TestContext.Current.CancellationToken;
        await using var dns = await MockDns.StartAsync(stop);

        await dns.AddTxtAsync("_acme-challenge.example.com", "one");
        await dns.AddTxtAsync("_acme-challenge.example.com", "two");
        await dns.AddAaaaAsync("example.com", "2001:db8::1");
        await dns.SetCnameAsync("_acme-challenge.example.org", "_acme-challenge.example.com");
        await dns.SetServerFailureAsync("example.net");

        Assert.Equal(["one", "two"], (await dns.TextsAsync("_acme-challenge.example.com", stop)).Order());
        Assert.Equal(["127.0.0.1"], await AskAsync(dns, "example.com", DnsQuery.A));
        Assert.Equal(["2001:db8::1"], await AskAsync(dns, "example.com", DnsQuery.Aaaa));
        Assert.Contains("_acme-challenge.example.com", await AskAsync(dns, "_acme-challenge.example.org", DnsQuery.Txt));
        Assert.Equal(2, (await DnsQuery.AskAsync(dns.EndPoint, "example.net", DnsQuery.A, stop)).Code);
        Assert.Equal(2, (await dns.QuestionsAsync("example.com")).Count);
        await dns.ClearTxtAsync("_acme-challenge.example.com");
        Assert.Empty(await dns.TextsAsync("_acme-challenge.example.com", stop));
    }

    private static async Task<IEnumerable<string>> AskAsync(MockDns dns, string name, ushort type) =>
        (await DnsQuery.AskAsync(dns.EndPoint, name, type, TestContext.Current.CancellationToken)).Answers.Select(answer => answer.Text);
}
