using MatrixEdge.Website;
using Microsoft.AspNetCore.Http;

namespace MatrixEdge.Tests.Website;

/// <summary>Conditions and ranges (RFC 9110 §13 and §14), for 1000 bytes written on 1 March 2026 at 12:00:00.5.</summary>
public sealed class RepresentationTests
{
    private const string Written = "Sun, 01 Mar 2026 12:00:00 GMT";
    private const string Before = "Sun, 01 Mar 2026 11:59:59 GMT";
    private const string After = "Sun, 01 Mar 2026 12:00:01 GMT";

    private static readonly DateTimeOffset Modified = new(2026, 3, 1, 12, 0, 0, 500, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Modified.AddDays(1);

    [Theory]
    [InlineData("", "200 0+1000")]

    // If-Match, strongly; If-Unmodified-Since only without it.
    [InlineData("If-Match: TAG", "200 0+1000")]
    [InlineData("If-Match: \"x\", TAG", "200 0+1000")]
    [InlineData("If-Match: *", "200 0+1000")]
    [InlineData("If-Match: \"x\"", "412")]
    [InlineData("If-Match: W/TAG", "412")]
    [InlineData("If-Match: x", "412")]
    [InlineData("If-Match: TAG | If-Unmodified-Since: BEFORE", "200 0+1000")]
    [InlineData("If-Match: \"x\" | If-None-Match: TAG", "412")]
    [InlineData("If-Unmodified-Since: WRITTEN", "200 0+1000")]
    [InlineData("If-Unmodified-Since: AFTER", "200 0+1000")]
    [InlineData("If-Unmodified-Since: BEFORE", "412")]
    [InlineData("If-Unmodified-Since: BEFORE | If-None-Match: TAG", "412")]
    [InlineData("If-Unmodified-Since: yesterday", "200 0+1000")]

    // If-None-Match, weakly; If-Modified-Since only without it.
    [InlineData("If-None-Match: TAG", "304")]
    [InlineData("If-None-Match: W/TAG", "304")]
    [InlineData("If-None-Match: \"x\",TAG", "304")]
    [InlineData("If-None-Match: *", "304")]
    [InlineData("If-None-Match: \"x\"", "200 0+1000")]
    [InlineData("If-None-Match: x", "200 0+1000")]
    [InlineData("If-None-Match: \"x\" | If-Modified-Since: WRITTEN", "200 0+1000")]
    [InlineData("If-Modified-Since: WRITTEN", "304")]
    [InlineData("If-Modified-Since: AFTER", "304")]
    [InlineData("If-Modified-Since: BEFORE", "200 0+1000")]
    [InlineData("If-Modified-Since: yesterday", "200 0+1000")]
    [InlineData("If-Modified-Since: Sunday, 01-Mar-26 12:00:00 GMT", "304")]
    [InlineData("If-Modified-Since: Sun Mar  1 12:00:00 2026", "304")]
    [InlineData("If-Match: TAG | If-None-Match: TAG", "304")]
    [InlineData("If-None-Match: TAG | Range: bytes=0-1", "304")]
    [InlineData("If-Match: \"x\" | Range: bytes=0-1", "412")]

    // Range.
    [InlineData("Range: bytes=0-0", "206 0+1")]
    [InlineData("Range: bytes=0-499", "206 0+500")]
    [InlineData("Range: bytes=500-", "206 500+500")]
    [InlineData("Range: bytes=999-", "206 999+1")]
    [InlineData("Range: bytes=990-5000", "206 990+10")]
    [InlineData("Range: bytes=-1", "206 999+1")]
    [InlineData("Range: bytes=-5000", "206 0+1000")]
    [InlineData("Range: bytes=0-999", "206 0+1000")]
    [InlineData("Range: bytes=1000-", "416")]
    [InlineData("Range: bytes=5000-6000", "416")]
    [InlineData("Range: bytes=-0", "416")]
    [InlineData("Range: bytes=5-2", "200 0+1000")]
    [InlineData("Range: bytes=", "200 0+1000")]
    [InlineData("Range: bytes=-", "200 0+1000")]
    [InlineData("Range: bytes=a-b", "200 0+1000")]
    [InlineData("Range: bytes=--1", "200 0+1000")]
    [InlineData("Range: bytes=0-99999999999999999999", "200 0+1000")]
    [InlineData("Range: bytes=0-1,5-6", "200 0+1000")]
    [InlineData("Range: bytes=0-,0-,0-,0-", "200 0+1000")]
    [InlineData("Range: lines=0-1", "200 0+1000")]
    [InlineData("Range: 0-1", "200 0+1000")]

    // If-Range, strongly.
    [InlineData("Range: bytes=0-1 | If-Range: TAG", "206 0+2")]
    [InlineData("Range: bytes=0-1 | If-Range: W/TAG", "200 0+1000")]
    [InlineData("Range: bytes=0-1 | If-Range: \"x\"", "200 0+1000")]
    [InlineData("Range: bytes=0-1 | If-Range: WRITTEN", "206 0+2")]
    [InlineData("Range: bytes=0-1 | If-Range: AFTER", "200 0+1000")]
    [InlineData("Range: bytes=0-1 | If-Range: BEFORE", "200 0+1000")]
    [InlineData("Range: bytes=0-1 | If-Range: x", "200 0+1000")]
    [InlineData("Range: bytes=1000- | If-Range: \"x\"", "200 0+1000")]
    [InlineData("If-Range: \"x\"", "200 0+1000")]
    public void Is_selected_as_RFC_9110_orders_conditions_and_ranges(string headers, string expected) =>
        Assert.Equal(expected, Select(new Representation(1000, Modified, null, Later), headers));

    [Theory]
    [InlineData("Range: bytes=0-1", "200 0+1000")]
    [InlineData("Range: bytes=1000-", "200 0+1000")]
    [InlineData("If-None-Match: TAG", "304")]
    [InlineData("If-Match: \"x\"", "412")]
    public void Has_no_ranges_for_HEAD(string headers, string expected) =>
        Assert.Equal(expected, Select(new Representation(1000, Modified, null, Later), headers, isGet: false));

    [Theory]
    [InlineData("", "200 0+0")]
    [InlineData("Range: bytes=0-", "416")]
    [InlineData("Range: bytes=0-0", "416")]
    [InlineData("Range: bytes=-5", "200 0+0")]
    [InlineData("Range: bytes=-0", "416")]
    public void Of_nothing_there_are_no_parts(string headers, string expected) =>
        Assert.Equal(expected, Select(new Representation(0, Modified, null, Later), headers));

    [Theory]
    [InlineData("If-None-Match: TAG", "304")]
    [InlineData("If-Match: TAG", "412")]
    [InlineData("Range: bytes=0-1 | If-Range: TAG", "200 0+1000")]
    [InlineData("Range: bytes=0-1 | If-Range: WRITTEN", "200 0+1000")]
    [InlineData("Range: bytes=0-1", "206 0+2")]
    public void Is_only_weakly_the_same_while_it_may_change_unnoticed(string headers, string expected)
    {
        var fresh = new Representation(1000, Modified, null, Modified.AddSeconds(1));

        Assert.True(fresh.EntityTag.IsWeak);
        Assert.Equal(expected, Select(fresh, headers));
    }

    [Fact]
    public void Is_recognised_when_it_has_settled()
    {
        var fresh = new Representation(1000, Modified, null, Modified.AddSeconds(1));
        var settled = new Representation(1000, Modified, null, Modified.AddSeconds(2));

        Assert.False(settled.EntityTag.IsWeak);
        Assert.Equal("304", Select(settled, $"If-None-Match: {fresh.EntityTag}"));
    }

    [Fact]
    public void Differs_by_length_time_and_encoding()
    {
        Representation[] all =
        [
            new(1000, Modified, null, Later), new(1001, Modified, null, Later), new(1000, Modified.AddTicks(1), null, Later),
            new(1000, Modified, "br", Later), new(1000, Modified, "gzip", Later),
        ];

        Assert.Equal(all.Length, all.Select(one => one.EntityTag.Tag.ToString()).Distinct().Count());
    }

    [Fact]
    public void Is_never_from_the_future()
    {
        var now = Modified.AddHours(-1);

        var representation = new Representation(1000, Modified, null, now);

        Assert.Equal(now.AddMilliseconds(-500), representation.LastModified);
        Assert.True(representation.EntityTag.IsWeak);
    }

    private static string Select(Representation representation, string headers, bool isGet = true)
    {
        var tag = representation.EntityTag.Tag.ToString();
        var sent = new HeaderDictionary();
        foreach (var header in headers.Split(" | ", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            sent[header[..colon]] = header[(colon + 2)..]
                .Replace("W/TAG", "W/" + tag, StringComparison.Ordinal)
                .Replace("TAG", representation.EntityTag.ToString(), StringComparison.Ordinal)
                .Replace("WRITTEN", Written, StringComparison.Ordinal)
                .Replace("BEFORE", Before, StringComparison.Ordinal)
                .Replace("AFTER", After, StringComparison.Ordinal);
        }

        var (status, from, length) = representation.Select(isGet, sent);
        return status is 200 or 206 ? $"{status} {from}+{length}" : $"{status}";
    }
}
