using MatrixEdge.Protocol;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>All that is known of a server. A check may read the pieces that it needs; the others may not be there yet.</summary>
/// <param name="Now">When the examination began, by this host's clock.</param>
/// <param name="Own">What the gateway knows itself of the server; null for a stranger's.</param>
internal sealed record Facts(ServerName Name, DateTimeOffset Now, OwnSite? Own)
{
    /// <summary>Each is set once, before any check that needs it is asked.</summary>
    public NameFacts Names { get => Known(field); set; }

    public DelegationFacts Delegation { get => Known(field); set => (field, HasDelegation) = (value, true); }

    public FederationFacts Federation { get => Known(field); set; }

    public PortFacts Ports { get => Known(field); set => (field, HasPorts) = (value, true); }

    public ClientDocumentFacts ClientDocument { get => Known(field); set; }

    public ClientApiFacts ClientApi { get => Known(field); set; }

    public DocumentFacts Documents { get => Known(field); set; }

    public EchoFacts Echo { get => Known(field); set => (field, HasEcho) = (value, true); }

    public bool HasDelegation { get; private set; }

    public bool HasPorts { get; private set; }

    public bool HasEcho { get; private set; }

    private static T Known<T>(T? piece)
        where T : class => piece ?? throw new InvalidOperationException($"{typeof(T).Name} is not among what this check needs.");
}
