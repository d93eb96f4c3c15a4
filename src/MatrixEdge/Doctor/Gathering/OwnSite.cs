using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Configuration;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>What the gateway knows of a site of its own.</summary>
/// <param name="Serial">Of the certificate that it serves; null when it does not run here, or has none.</param>
internal sealed record OwnSite(SiteSettings Settings, string? Serial)
{
    /// <summary>Where the running gateway tells what arrives; null when it does not run here.</summary>
    public string? EchoPath { get; init; }

    /// <summary>Tells, when everything was looked at, which addresses could not be reached from here.</summary>
    public Func<ImmutableArray<IPAddress>> Hidden { get; init; } = () => [];

    /// <summary>How long a silent request is to be kept; zero for none.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>What came of the last silent request, where none is to be sent now.</summary>
    public HoldLook? LastHold { get; init; }
}
