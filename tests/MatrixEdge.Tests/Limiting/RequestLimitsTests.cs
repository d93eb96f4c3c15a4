using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Limiting;
using MatrixEdge.Listening;
using MatrixEdge.Protocol;
using MatrixEdge.Proxying;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;

namespace MatrixEdge.Tests.Limiting;

/// <summary>Decisions, by a clock that is moved by hand.</summary>
public sealed class RequestLimitsTests : IDisposable
{
    private const string Login = "/_matrix/client/v3/login";

    private static readonly LimitSettings Once = LimitSettings.Default with
    {
        Login = new RateLimit(1, TimeSpan.FromMinutes(1)),
        Register = new RateLimit(1, TimeSpan.FromMinutes(1)),
        PasswordReset = new RateLimit(1, TimeSpan.FromMinutes(1)),
        KeyClaims = new RateLimit(1, TimeSpan.FromMinutes(1)),
        ThirdPartyIds = new RateLimit(1, TimeSpan.FromMinutes(1)),
        Concurrency = ConcurrencySettings.Default with { Requests = 0 },
    };

    private readonly ManualTime time = new(new DateTimeOffset(2026, 8, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly LogEvents events = new();
    private readonly Serilog.Core.Logger log;
    private readonly SerilogLoggerFactory loggers;
    private readonly RequestLimits limits;

    public RequestLimitsTests()
    {
        log = new LoggerConfiguration().WriteTo.Sink(events).CreateLogger();
        loggers = new SerilogLoggerFactory(log);
        limits = new RequestLimits(time, new Logger<RequestLimits>(loggers));
    }

    public void Dispose()
    {
        limits.Dispose();
        loggers.Dispose();
        log.Dispose();
    }

    public static TheoryData<string> Limited => [.. Operations.All.Where(operation => operation.Limit != LimitGroup.None).Select(operation => operation.Template)];

    [Theory]
    [MemberData(nameof(Limited))]
    public void No_spelling_of_a_limited_endpoint_escapes(string template)
    {
        var method = template[..template.IndexOf(' ', StringComparison.Ordinal)];
        var path = template[(template.IndexOf(' ', StringComparison.Ordinal) + 1)..];
        var start = path.IndexOf('/', 1);
        Assert.True(IsAllowed(method, path));

        // One character after the other behind the first segment as an escape, in both ways to write one; then slashes, too; then all.
        for (var i = start + 1; i < path.Length; i++)
        {
            Assert.False(IsAllowed(method, $"{path[..i]}%{(int)path[i]:X2}{path[(i + 1)..]}"));
            Assert.False(IsAllowed(method, $"{path[..i]}%{(int)path[i]:x2}{path[(i + 1)..]}?x=%2F"));
        }

        Assert.False(IsAllowed(method, path[..start] + string.Concat(path[start..].Select(character => $"%{(int)character:x2}"))));
        Assert.False(IsAllowed(method, "https://example.org" + path));
    }

    [Theory]
    [InlineData("POST", "/_matrix/client/v3/%2511ogin")]
    [InlineData("POST", "/_matrix/client/v3/logi%")]
    [InlineData("POST", "/_matrix/client/v3/login%2")]
    [InlineData("GET", "/_matrix/client/v3/%6cogin")]
    [InlineData("POST", "/_matrix/client/v3/rooms/%21r%3Ax/l%6fgin")]
    [InlineData("PUT", "/_matrix/client/v3/rooms/%21r%3Ax/send/m.room.message/1")]
    public void What_is_no_limited_endpoint_is_not_limited(string method, string path)
    {
        for (var i = 0; i < 10; i++)
            Assert.True(IsAllowed(method, path));
    }

    [Fact]
    public void Tells_until_when_rounded_up_and_counts_each_group_by_itself()
    {
        Assert.True(IsAllowed("POST", Login));
        time.Advance(TimeSpan.FromMilliseconds(1500));

        Assert.False(IsAllowed("POST", Login));
        Assert.True(IsAllowed("POST", "/_matrix/client/v3/register"));
        Assert.True(IsAllowed("POST", Login, "192.0.2.2"));
        time.Advance(TimeSpan.FromMilliseconds(58_499));
        Assert.False(IsAllowed("POST", Login));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(IsAllowed("POST", Login));

        Assert.Equal([(LimitGroup.Login, "example.org", 2L)], limits.Limited);
    }

    [Fact]
    public void A_flood_is_said_once_and_again_after_an_hour_with_its_count()
    {
        var settings = Once with { Login = new RateLimit(1, TimeSpan.FromHours(10)) };
        for (var i = 0; i < 100; i++)
            IsAllowed("POST", Login, settings: settings);
        IsAllowed("POST", Login, "2001:db8::1", settings);
        IsAllowed("POST", Login, "2001:db8::2", settings);
        IsAllowed("POST", Login, "2001:db8::3", settings);
        time.Advance(TimeSpan.FromHours(1));
        IsAllowed("POST", Login, settings: settings);
        IsAllowed("POST", Login, settings: settings);

        Assert.Equal(
            [
                "Warning 192.0.2.1 makes more Login requests than 1 in 10:00:00: the rest is answered with 429, 1 since this was last said. "
                    + "Many people behind one address? Raise MatrixEdge:Limits:Login, or add the network to MatrixEdge:Limits:Exempt",
                "Warning 2001:db8::/64 makes more Login requests than 1 in 10:00:00: the rest is answered with 429, 1 since this was last said. "
                    + "Many people behind one address? Raise MatrixEdge:Limits:Login, or add the network to MatrixEdge:Limits:Exempt",
                "Warning 192.0.2.1 makes more Login requests than 1 in 10:00:00: the rest is answered with 429, 99 since this was last said. "
                    + "Many people behind one address? Raise MatrixEdge:Limits:Login, or add the network to MatrixEdge:Limits:Exempt",
            ],
            events.Messages);
    }

    [Fact]
    public void A_flood_from_very_many_addresses_does_not_flood_the_log()
    {
        for (var i = 0; i < 6000; i++)
        {
            IsAllowed("POST", Login, $"10.0.{i / 250}.{i % 250}");
            IsAllowed("POST", Login, $"10.0.{i / 250}.{i % 250}");
        }

        Assert.Equal(4097, events.Messages.Count);
    }

    [Fact]
    public void Exempt_networks_are_not_limited()
    {
        var settings = Once with { Exempt = [IPNetwork.Parse("192.0.2.0/24")] };

        Assert.All(Enumerable.Range(0, 100), _ => Assert.True(IsAllowed("POST", Login, settings: settings)));
        Assert.True(IsAllowed("POST", Login, "198.51.100.1", settings));
        Assert.False(IsAllowed("POST", Login, "198.51.100.1", settings));
    }

    [Fact]
    public async Task Nobody_is_exempt_by_the_address_of_a_proxy_that_does_not_name_him()
    {
        var settings = Once with { Exempt = [IPNetwork.Parse("192.0.2.0/24")] };
        for (var i = 0; i < 2; i++)
        {
            var (context, _) = Request("POST", Login, "192.0.2.1");
            var exchange = new Exchange(new ConnectionFacts(ListenerKind.Https, IPAddress.Parse("192.0.2.1"), isNamed: false), Operations.Find("POST", Login));

            using var lease = await limits.EnterAsync(context, exchange, settings, "example.org");

            Assert.Equal(i == 1, lease.IsRefused);
        }
    }

    [Fact]
    public void A_server_is_counted_by_its_name_from_wherever_it_sends()
    {
        var settings = Once with { Federation = new RateLimit(2, TimeSpan.FromMinutes(1)) };

        Assert.True(IsAllowed("PUT", "/_matrix/federation/v1/send/1", "192.0.2.1", settings, "X-Matrix origin=a.example,key=k,sig=s"));
        Assert.True(IsAllowed("GET", "/_matrix/federation/v1/event/x", "192.0.2.2", settings, "x-matrix sig=s, origin=\"a.example\", key=k"));
        Assert.False(IsAllowed("PUT", "/_matrix/federation/v1/send/2", "192.0.2.3", settings, "X-Matrix origin=\"a\\.example\",key=k,sig=s"));
        Assert.True(IsAllowed("PUT", "/_matrix/federation/v1/send/2", "192.0.2.3", settings, "X-Matrix origin=b.example,key=k,sig=s"));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(IsAllowed("GET", "/_matrix/key/v2/server", "192.0.2.1", settings)));
        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(IsAllowed("GET", "/_matrix/client/v3/account/whoami", "192.0.2.1", settings, "Bearer X-Matrix")));
        Assert.Contains("The server a.example sends more requests than 2 in 00:01:00", Assert.Single(events.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_signatures_count_for_the_address()
    {
        var settings = Once with { Federation = new RateLimit(1, TimeSpan.FromMinutes(1)) };

        Assert.True(IsAllowed("PUT", "/_matrix/federation/v1/send/1", "192.0.2.1", settings, "X-Matrix origin"));
        Assert.False(IsAllowed("PUT", "/_matrix/federation/v1/send/1", "192.0.2.1", settings, "X-Matrix origin=\"a b\",key=k"));
        Assert.True(IsAllowed("PUT", "/_matrix/federation/v1/send/1", "192.0.2.2", settings, "X-Matrix"));
        Assert.Contains("192.0.2.1", Assert.Single(events.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Servers_are_not_limited_by_default() =>
        Assert.All(Enumerable.Range(0, 1000), _ =>
            Assert.True(IsAllowed("PUT", "/_matrix/federation/v1/send/1", settings: LimitSettings.Default, authorization: "X-Matrix origin=a.example,key=k,sig=s")));

    [Fact]
    public async Task What_is_not_limited_costs_nothing()
    {
        var (context, exchange) = Request("PUT", "/_matrix/client/v3/rooms/%21r%3Ax/send/m.room.message/1", "192.0.2.1");
        using (await limits.EnterAsync(context, exchange, Once, "example.org"))
        {
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        using (await limits.EnterAsync(context, exchange, Once, "example.org"))
        {
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private bool IsAllowed(string method, string target, string address = "192.0.2.1", LimitSettings? settings = null, string? authorization = null)
    {
        var (context, exchange) = Request(method, target, address);
        context.Request.Headers.Authorization = authorization;
        var answer = limits.EnterAsync(context, exchange, settings ?? Once, "example.org").AsTask();
        Assert.True(answer.IsCompletedSuccessfully);
        using var lease = answer.Result; // complete, as was just seen: without a queue nobody waits
        Assert.Equal(lease.IsRefused, exchange.Reason is not null);
        return !lease.IsRefused;
    }

    private static (HttpContext Context, Exchange Exchange) Request(string method, string target, string address)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        var connection = new ConnectionFacts(ListenerKind.Https, IPAddress.Parse(address));
        return (context, new Exchange(connection, Operations.Find(method, RequestTarget.Of(context).Path)));
    }
}
