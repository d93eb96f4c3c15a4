using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Limiting;

public sealed class LimitSettingsTests
{
    [Fact]
    public void Limits_floods_by_default_and_nothing_between_servers()
    {
        var settings = Parse("{}");

        Assert.Equal(LimitSettings.Default, settings);
        Assert.All(
            new[] { LimitGroup.Login, LimitGroup.Register, LimitGroup.PasswordReset, LimitGroup.KeyClaims, LimitGroup.ThirdPartyIds },
            group => Assert.False(settings.Of(group).IsOff));
        Assert.True(settings.Federation.IsOff);
        Assert.True(settings.Of(LimitGroup.None).IsOff);
        Assert.False(settings.Concurrency.IsOff);
        Assert.Empty(settings.Exempt);
    }

    [Fact]
    public void Takes_what_is_written()
    {
        var settings = Parse("""
            {
              "Login": { "Requests": "5", "Per": "00:00:10" }, "Register": { "Requests": 0 }, "Federation": { "Requests": 100, "Per": "1.00:00:00" },
              "Concurrency": { "Requests": 7, "Queue": 0, "WaitFor": "00:01:00" }, "Exempt": [ "10.0.0.0/8", "::1" ]
            }
            """);

        Assert.Equal(new RateLimit(5, TimeSpan.FromSeconds(10)), settings.Login);
        Assert.True(settings.Of(LimitGroup.Register).IsOff);
        Assert.Equal(new RateLimit(100, TimeSpan.FromDays(1)), settings.Of(LimitGroup.Federation));
        Assert.Equal(LimitSettings.Default.KeyClaims, settings.KeyClaims);
        Assert.Equal(new ConcurrencySettings(7, 4, 0, TimeSpan.FromMinutes(1)), settings.Concurrency);
        Assert.Equal(["10.0.0.0/8", "::1/128"], settings.Exempt.Select(network => network.ToString()));
    }

    [Theory]
    [InlineData("""{ "Login": 5 }""", "X:Login is 5: must be an object, { … }")]
    [InlineData("""{ "Login": { "Requests": -1 } }""", "X:Login:Requests is -1: must be a whole number from 0 to 1000000")]
    [InlineData("""{ "Login": { "Requests": 1.5 } }""", "X:Login:Requests is 1.5: must be a whole number from 0 to 1000000")]
    [InlineData("""{ "Login": { "Requests": 1000001 } }""", "X:Login:Requests is 1000001: must be a whole number from 0 to 1000000")]
    [InlineData("""{ "Register": { "Per": "60" } }""", "X:Register:Per is \"60\": must be a length of time, written \"hh:mm:ss\" or \"d.hh:mm:ss\"")]
    [InlineData("""{ "KeyClaims": { "Per": "00:00:00.5" } }""", "X:KeyClaims:Per is \"00:00:00.5\": must be a length of time from one second to one day, for example \"00:01:00\"")]
    [InlineData("""{ "Federation": { "Per": "1.00:00:01" } }""", "X:Federation:Per is \"1.00:00:01\": must be a length of time from one second to one day, for example \"00:01:00\"")]
    [InlineData("""{ "PasswordReset": { "Request": 1 } }""", "X:PasswordReset:Request is 1: this key is not known; did you mean \"Requests\"?")]
    [InlineData("""{ "Concurrency": { "Requests": 100001 } }""", "X:Concurrency:Requests is 100001: must be a whole number from 0 to 100000")]
    [InlineData("""{ "Concurrency": { "Queue": "all" } }""", "X:Concurrency:Queue is \"all\": must be a whole number from 0 to 100000")]
    [InlineData("""{ "Concurrency": { "PerClient": -2 } }""", "X:Concurrency:PerClient is -2: must be a whole number from 0 to 100000")]
    [InlineData("""{ "Concurrency": { "WaitFor": "00:05:01" } }""", "X:Concurrency:WaitFor is \"00:05:01\": must be a length of time from one second to five minutes, for example \"00:00:10\"")]
    [InlineData("""{ "Logins": {} }""", "X:Logins: this key is not known; did you mean \"Login\"?")]
    [InlineData("""{ "Exempt": [ "10.1.0.0/8" ] }""", "X:Exempt:0 is \"10.1.0.0/8\": the address has bits beyond its prefix; write \"10.0.0.0/8\"")]
    public void Tells_what_is_wrong_and_what_to_write(string json, string problem)
    {
        var problems = new Problems();

        LimitSettings.Parse(new SettingsSection(JsonNode.Parse(json), "X", problems));

        Assert.Equal([problem], problems.Found.Select(found => found.ToString()));
    }

    private static LimitSettings Parse(string json)
    {
        var problems = new Problems();
        var settings = LimitSettings.Parse(new SettingsSection(JsonNode.Parse(json), "X", problems));
        Assert.Equal("", string.Join('\n', problems.Found));
        return settings;
    }
}
