using System.Collections.Frozen;
using System.Collections.Immutable;

namespace MatrixEdge.Configuration;

/// <summary>
/// Which prefixes each kind of homeserver publishes. What is not named here is private: no list of forbidden paths has to
/// be complete.
/// </summary>
internal static class PublicPaths
{
    private const string Matrix = "/_matrix/";
    private const string SynapseClient = "/_synapse/client/"; // single sign-on, unsubscribe, consent (Synapse docs/reverse_proxy.md)
    private const string Conduwuit = "/_conduwuit/"; // server_version, local_user_count; answered by its successors, too
    private const string Continuwuity = "/_continuwuity/"; // account pages, OAuth, third-party id validation
    private const string Tuwunel = "/_tuwunel/"; // its own OpenID provider, single sign-on
    private const string OpenId = "/.well-known/openid-configuration"; // of homeservers that are OpenID providers

    private static readonly FrozenDictionary<HomeserverKind, ImmutableArray<string>> ByKind =
        new Dictionary<HomeserverKind, ImmutableArray<string>>
        {
            [HomeserverKind.Auto] = [Matrix, SynapseClient, Conduwuit, Continuwuity, Tuwunel, OpenId],
            [HomeserverKind.Synapse] = [Matrix, SynapseClient],
            [HomeserverKind.Dendrite] = [Matrix],
            [HomeserverKind.Conduit] = [Matrix],
            [HomeserverKind.Conduwuit] = [Matrix, Conduwuit],
            [HomeserverKind.Continuwuity] = [Matrix, Continuwuity, Conduwuit, OpenId],
            [HomeserverKind.Tuwunel] = [Matrix, Tuwunel, Conduwuit, OpenId],
            [HomeserverKind.Custom] = [],
        }.ToFrozenDictionary();

    /// <summary>Prefixes of whatever a homeserver may keep; below them the gateway answers as one would.</summary>
    public static readonly ImmutableArray<string> Reserved =
        ["/_matrix", "/_synapse", "/_dendrite", "/_conduit", "/_conduwuit", "/_continuwuity", "/_tuwunel"];

    public static ImmutableArray<string> Of(HomeserverKind kind) => ByKind[kind];
}
