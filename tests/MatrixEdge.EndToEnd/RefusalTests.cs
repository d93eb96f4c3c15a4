using System.Text.Json;
using MatrixEdge.EndToEnd.Support;

namespace MatrixEdge.EndToEnd;

/// <summary>What an operator hears when Synapse refuses another server, in words that fit what Synapse says.</summary>
public sealed class RefusalTests(TwoServers servers) : EndToEndTest(servers)
{
    /// <summary>Asked for by servers that are none.</summary>
    internal const string Event = "/_matrix/federation/v1/event/%24refused";

    [Fact]
    public Task A_key_that_the_other_server_does_not_have_is_named() =>
        IsToldAsync("ed25519:unheard", "Failed to find any key to satisfy", "key", $"The homeserver could get no key of {Two.Name} that fits");

    [Fact]
    public Task A_signature_that_does_not_fit_is_named() =>
        IsToldAsync("ed25519:a_1", "Invalid signature for server", "signature", $"What {Two.Name} signed is not what arrived");

    private async Task IsToldAsync(string key, string synapseSays, string cause, string words)
    {
        var signature = Convert.ToBase64String(new byte[64]).TrimEnd('=');

        var answer = await RawRequest.SendAsync(
            One.Gateway.FederationPort, Authority,
            $"GET {Event} HTTP/1.1\r\nHost: {One.Name}\r\nAuthorization: X-Matrix origin=\"{Two.Name}\",destination=\"{One.Name}\",key=\"{key}\",sig=\"{signature}\"\r\n\r\n", Stop);

        Assert.Equal(401, answer.Status);
        Assert.Contains(synapseSays, answer.Text, StringComparison.Ordinal);
        var line = await Until.FoundAsync(
            () => Task.FromResult(One.Gateway.Lines.FirstOrDefault(line => line.Contains("was refused with 401", StringComparison.Ordinal) && line.Contains(synapseSays, StringComparison.Ordinal))),
            "the refusal in the gateway's log", Stop);
        Assert.Contains(words, JsonDocument.Parse(line).RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        var (code, output) = await One.Gateway.RunAsync("federation", "--json");
        Assert.Equal(0, code);
        Assert.Contains(
            JsonDocument.Parse(output).RootElement.GetProperty("sites")[0].GetProperty("refused").EnumerateArray(),
            refused => refused.GetProperty("server").GetString() == Two.Name && refused.GetProperty("cause").GetString() == cause);
        Assert.Contains("  not served   " + Two.Name, (await One.Gateway.RunAsync("federation")).Output, StringComparison.Ordinal);
    }
}
