using System.Text.Json.Nodes;

namespace MatrixEdge.Acme.Tests.Scenarios;

/// <summary>One name that cannot be had does not keep the certificate from the others, nor is it given up.</summary>
public sealed class NamesTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_that_the_authority_never_issues_for_is_left_out_after_a_minute()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { RefusedNames = ["blocked.example"] }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        gateway.Sites[0]!["AdditionalNames"] = new JsonArray("blocked.example");
        await gateway.StartAsync();
        await gateway.Events.WaitForAsync("No new certificate for example.com");

        await gateway.AdvanceAsync(TimeSpan.FromMinutes(2));
        await gateway.NewSerialAsync();

        Assert.Equal(["example.com", "matrix.example.com"], gateway.Source().Status.Bundle!.Names.Order(StringComparer.Ordinal));
        await gateway.Events.WaitForAsync("Names are left out of the certificate, since they failed again and again: blocked.example");
    }

    [Fact]
    public async Task A_name_that_cannot_be_validated_is_left_out_after_three_failures_and_taken_in_when_it_can()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions(), Stop);
        await using var gateway = new AcmeGateway(pebble);
        gateway.Sites[0]!["AdditionalNames"] = new JsonArray("chat.example.com");
        await pebble.MockDns.AddAAsync("chat.example.com", "127.0.0.77");
        await gateway.StartAsync();

        await gateway.Events.WaitForAsync("No new certificate for example.com");
        for (var attempt = 0; attempt < 3; attempt++)
            await gateway.AdvanceAsync(gateway.Source().Status.State.NextAttempt!.Value - gateway.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        var first = await gateway.NewSerialAsync();

        Assert.Equal(["example.com", "matrix.example.com"], gateway.Source().Status.Bundle!.Names.Order(StringComparer.Ordinal));
        Assert.Equal(3, pebble.FailedValidations);

        // Tried again on schedule, and the certificate with the others stays until it works.
        await gateway.AdvanceAsync(TimeSpan.FromHours(6));
        Assert.Equal(4, pebble.FailedValidations);
        Assert.Equal(first, await gateway.NewSerialAsync());
        await pebble.MockDns.ClearAAsync("chat.example.com");
        await gateway.AdvanceAsync(TimeSpan.FromHours(7));
        await gateway.NewSerialAsync(before: first);

        Assert.Equal(["chat.example.com", "example.com", "matrix.example.com"], gateway.Source().Status.Bundle!.Names.Order(StringComparer.Ordinal));
        Assert.Equal(0, gateway.Source().Status.State.Of("chat.example.com").Failures);
    }

    [Fact]
    public async Task A_corrected_configuration_is_tried_at_once()
    {
        AcmeTools.SkipWithoutPebble();
        await using var pebble = await PebbleServer.StartAsync(new PebbleOptions { ExternalAccountKeys = new Dictionary<string, string> { ["kid-1"] = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" } }, Stop);
        await using var gateway = new AcmeGateway(pebble);
        await gateway.StartAsync();
        await gateway.Events.WaitForAsync("ExternalAccountBinding");
        Assert.True(gateway.Source().Status.State.NextAttempt > gateway.Time.GetUtcNow() + TimeSpan.FromHours(1));

        gateway.Certificate["ExternalAccountBinding"] = new JsonObject { ["KeyId"] = "kid-1", ["Key"] = "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W" };
        gateway.Reconfigure();

        await gateway.NewSerialAsync();
    }
}
