using System.Collections.Immutable;
using MatrixEdge.Protocol;

namespace MatrixEdge.Delegation;

/// <summary>Where another server finds this one, and what it expects there.</summary>
/// <param name="HostHeader">What its requests have as <c>Host</c>.</param>
/// <param name="CertificateName">What the certificate must be for: a host name, or an address without brackets.</param>
/// <param name="Targets">Where it connects to, in order of preference; empty when an SRV record says that there is nothing.</param>
/// <param name="Route">What was looked at, in order, a sentence each without a final dot.</param>
/// <param name="Delegated">What the document names; null without one that counts.</param>
/// <param name="Undecided">Why the way is not certain: a question that no name server answered; else null.</param>
internal sealed record DiscoveredServer(
    ServerName Name,
    DiscoveryStep Step,
    string HostHeader,
    string CertificateName,
    ImmutableArray<DiscoveredTarget> Targets,
    ImmutableArray<string> Route,
    ServerName? Delegated,
    string? Undecided)
{
    /// <summary>Whether SRV records decided.</summary>
    public bool IsByService => Step is DiscoveryStep.Service or DiscoveryStep.DeprecatedService or DiscoveryStep.DelegatedService or DiscoveryStep.DelegatedDeprecatedService;

    public bool IsDeprecated => Step is DiscoveryStep.DeprecatedService or DiscoveryStep.DelegatedDeprecatedService;

    public string StepNumber => Step switch
    {
        DiscoveryStep.Address => "1",
        DiscoveryStep.Port => "2",
        DiscoveryStep.DelegatedAddress => "3.1",
        DiscoveryStep.DelegatedPort => "3.2",
        DiscoveryStep.DelegatedService => "3.3",
        DiscoveryStep.DelegatedDeprecatedService => "3.4",
        DiscoveryStep.DelegatedDefault => "3.5",
        DiscoveryStep.Service => "4",
        DiscoveryStep.DeprecatedService => "5",
        _ => "6",
    };
}
