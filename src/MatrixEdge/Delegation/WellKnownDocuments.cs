using System.Text.Json.Nodes;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;
using Microsoft.Extensions.Primitives;

namespace MatrixEdge.Delegation;

/// <summary>
/// The well-known documents of a site: what the gateway knows itself, with the operator's additions merged over it.
/// Prepared when the settings change, sent as they are.
/// </summary>
internal sealed class WellKnownDocuments
{
    private WellKnownDocuments(
        WellKnownDocument server, WellKnownDocument client, WellKnownDocument? support, WellKnownDocument? policyServer, StringValues cacheControl)
    {
        Server = server;
        Client = client;
        Support = support;
        PolicyServer = policyServer;
        CacheControl = cacheControl;
    }

    /// <summary>For other servers: where to find this one (Matrix server-server §2.1).</summary>
    public WellKnownDocument Server { get; }

    /// <summary>For clients: where the homeserver is (Matrix client-server §Well-known URIs).</summary>
    public WellKnownDocument Client { get; }

    /// <summary>For people: whom to write to. Null where the operator gave nothing.</summary>
    public WellKnownDocument? Support { get; }

    /// <summary>For other servers: the key of the policy server (Matrix server-server §Policy Servers). Null where there is none.</summary>
    public WellKnownDocument? PolicyServer { get; }

    /// <summary>Synapse understands <c>max-age</c> and nothing else here.</summary>
    public StringValues CacheControl { get; }

    /// <summary>All documents of a site.</summary>
    public static WellKnownDocuments Build(SiteSettings site)
    {
        var services = new JsonObject();
        site.AuthenticationService?.AddTo(services);
        site.Calls?.AddTo(services, site.BaseUrl);
        return Build(site.BaseUrl, site.DelegatedServer, site.WellKnown with { CacheFor = site.CacheFor }, services, site.PolicyServer?.Document());
    }

    /// <param name="baseUrl">Where clients reach the homeserver.</param>
    /// <param name="delegatedServer">Where servers reach it, a server name such as <c>matrix.example.com:8448</c>.</param>
    /// <param name="additions">What the operator adds, checked.</param>
    /// <param name="services">What else the client document names.</param>
    /// <param name="policyServer">The document of the policy server.</param>
    public static WellKnownDocuments Build(
        Uri baseUrl, string delegatedServer, WellKnownSettings additions, JsonObject? services = null, JsonObject? policyServer = null)
    {
        var server = new JsonObject { ["m.server"] = delegatedServer };
        var client = new JsonObject { ["m.homeserver"] = new JsonObject { ["base_url"] = baseUrl.AbsoluteUri } };
        JsonText.Merge(client, services);
        JsonText.Merge(server, additions.Server);
        JsonText.Merge(client, additions.Client);
        TrimBaseUrl(client);

        return new WellKnownDocuments(
            new WellKnownDocument(server),
            new WellKnownDocument(client),
            additions.Support is null ? null : new WellKnownDocument(additions.Support),
            policyServer is null ? null : new WellKnownDocument(policyServer),
            $"public, max-age={(long)additions.CacheFor.TotalSeconds}");
    }

    // With or without is allowed, but a client that simply appends "/_matrix/…" would ask for "//_matrix/…".
    private static void TrimBaseUrl(JsonObject client)
    {
        var homeserver = client["m.homeserver"]!.AsObject();
        homeserver["base_url"] = homeserver["base_url"]!.GetValue<string>().TrimEnd('/');
    }
}
