using System.Text.Json.Nodes;
using MatrixEdge.Configuration;

namespace MatrixEdge.Beginning;

/// <summary>What is known of the new configuration so far. What is null has not been read or asked.</summary>
internal sealed record Draft
{
    /// <summary>The files that it was read from, as the operator named them.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    public Known<string>? ServerName { get; init; }

    public Known<string>? PublicHost { get; init; }

    public Known<bool>? ServesApex { get; init; }

    /// <summary>8448 or 443.</summary>
    public Known<int>? FederationPort { get; init; }

    public Known<HomeserverKind>? Kind { get; init; }

    public Known<string>? Address { get; init; }

    /// <summary>Empty where there shall be none.</summary>
    public Known<string>? EmailAddress { get; init; }

    public Known<bool>? AcceptsTerms { get; init; }

    /// <summary>For <c>WellKnown:Client</c>.</summary>
    public Known<JsonObject>? Client { get; init; }

    /// <summary>For <c>WellKnown:Support</c>.</summary>
    public Known<JsonObject>? Support { get; init; }

    /// <summary>Where calls go, as the homeserver announces it; clients look for it in the client document, too.</summary>
    public Known<JsonArray>? CallTransports { get; init; }

    /// <summary>Where the Matrix Authentication Service listens.</summary>
    public Known<string>? AuthenticationAddress { get; init; }

    /// <summary>The service's own public host, if it is known.</summary>
    public string? AuthenticationHost { get; init; }

    /// <summary>What was read, one line each.</summary>
    public IEnumerable<string> Taken()
    {
        return new[]
        {
            Line("server name", ServerName), Line("public host", PublicHost), Line("homeserver", Kind), Line("address", Address),
            Line("federation port", FederationPort), Line("authentication service", AuthenticationAddress),
            ServesApex is null ? null : Line(ServesApex.Value ? "the server name itself leads here" : "another host answers for the server name", ServesApex.As("")),
            Line("e-mail address", EmailAddress), Line("content of the client document", Client?.As(Names(Client.Value))),
            Line("content of the support document", Support?.As(Names(Support.Value))),
        }.OfType<string>();

        static string? Line<T>(string label, Known<T>? known) =>
            known?.Origin is null ? null : $"{label}{(known.Value is "" ? "" : " ")}{known.Value}, from {known.Origin}";

        static string Names(JsonObject document) => string.Join(", ", document.Select(member => member.Key));
    }
}
