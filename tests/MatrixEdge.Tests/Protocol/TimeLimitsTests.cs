using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Protocol;

public class TimeLimitsTests
{
    [Theory]
    [InlineData(nameof(Patience.Ordinary), "", 180)]
    [InlineData(nameof(Patience.Ordinary), "timeout=600000", 180)]
    [InlineData(nameof(Patience.SlowRoom), "timeout=1&since=s", 600)]
    [InlineData(nameof(Patience.Media), "timeout_ms=20000", 300)]
    public void Only_a_long_poll_asks_the_query(string patience, string query, int seconds) =>
        Assert.Equal(seconds, SecondsFor(Enum.Parse<Patience>(patience), query));

    [Theory]
    // As asked, and three minutes
    [InlineData("since=s1_2&timeout=30000", 210)]
    [InlineData("?timeout=30000&since=s1_2", 210)]
    [InlineData("timeout=30000&since=s1_2&filter=%7B%22room%22%3A%7B%7D%7D", 210)]
    [InlineData("pos=7&timeout=1500", 181.5)]
    [InlineData("from=s1_2&timeout=0", 180)]
    [InlineData("since=s1_2", 180)]
    // Up to an hour
    [InlineData("since=s1_2&timeout=3600000", 3780)]
    [InlineData("since=s1_2&timeout=3600001", 3780)]
    [InlineData("since=s1_2&timeout=99999999999999999999999999999999", 3780)]
    // Garbage is no wish
    [InlineData("since=s1_2&timeout=", 180)]
    [InlineData("since=s1_2&timeout", 180)]
    [InlineData("since=s1_2&timeout=-600000", 180)]
    [InlineData("since=s1_2&timeout=6e5", 180)]
    [InlineData("since=s1_2&timeout=%36%30%30%30%30%30", 180)]
    [InlineData("since=s1_2&timeout=٦٠٠٠٠٠", 180)]
    [InlineData("since=s1_2&Timeout=600000", 180)]
    [InlineData("since=s1_2&xtimeout=600000&timeoutx=600000", 180)]
    // The first one counts
    [InlineData("since=s1_2&timeout=30000&timeout=600000", 210)]
    [InlineData("since=s1_2&timeout=x&timeout=600000", 180)]
    // A first sync
    [InlineData("", 600)]
    [InlineData("?", 600)]
    [InlineData("&&=&", 600)]
    [InlineData("timeout=30000", 600)]
    [InlineData("timeout=0&filter=0", 600)]
    [InlineData("since=&timeout=0", 600)]
    [InlineData("timeout=0&sinces=s1_2&xsince=s1_2", 600)]
    [InlineData("timeout=600000", 780)]
    [InlineData("since=s1_2&full_state=true&timeout=0", 600)]
    [InlineData("since=s1_2&full_state=false&timeout=0", 180)]
    public void A_long_poll_is_borne_as_long_as_the_client_asks_and_a_first_sync_longer(string query, double seconds) =>
        Assert.Equal(seconds, SecondsFor(Patience.LongPoll, query));

    private static double SecondsFor(Patience patience, string query) => TimeLimits.For(new Operation("GET /x", patience), query).TotalSeconds;
}
