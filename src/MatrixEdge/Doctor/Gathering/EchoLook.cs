using MatrixEdge.Doctor.Looking;
using MatrixEdge.Sites;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>A request that the gateway sent to itself by the public way.</summary>
/// <param name="Arrived">What arrived of it; null when it did not come back as it should.</param>
internal sealed record EchoLook(HttpLook Look, Echoed? Arrived)
{
    /// <summary>What only somebody in front would have added: proxies that say so.</summary>
    public string? Front => Arrived is null ? null
        : Find("CF-Ray") is not null ? "Cloudflare"
        : Find("Via") is { } via ? $"a proxy ({Delegation.JsonAnswer.Shorten(via)})"
        : Find("X-Real-IP") is not null || Find("X-Forwarded-Proto") is not null || Find("X-Forwarded-Host") is not null || Find("Forwarded") is not null ? "a proxy" : null;

    public string? Find(string header) => Arrived?.Headers.FirstOrDefault(line => line.Name.Equals(header, StringComparison.OrdinalIgnoreCase))?.Value;
}
