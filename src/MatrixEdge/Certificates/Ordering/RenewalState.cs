using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using MatrixEdge.Protocol;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// What the gateway knows of a site's certificate beside the certificate itself: failures, plans, the authority's wishes. Kept
/// in the store, so that a restart changes nothing. Losing it costs caution, never a certificate.
/// </summary>
internal sealed record RenewalState
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Failures in a row, with whatever authority.</summary>
    public int Failures { get; init; }

    /// <summary>Failures in a row with the authority of <see cref="Issuer"/>.</summary>
    public int IssuerFailures { get; init; }

    /// <summary>Which authority is being tried; null is the first of the configuration.</summary>
    public string? Issuer { get; init; }

    public Failure? LastFailure { get; init; }

    /// <summary>Not before this, after a failure.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>An operator asked for a new certificate, and it has not come yet.</summary>
    public string? Asked { get; init; }

    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>Tells the configuration that was in force; another one is reason to try again without waiting.</summary>
    public string? Configuration { get; init; }

    /// <summary>Until when each authority does not want to be asked.</summary>
    public ImmutableDictionary<string, DateTimeOffset> Closed { get; init; } = ImmutableDictionary<string, DateTimeOffset>.Empty;

    public ImmutableDictionary<string, NameState> Names { get; init; } = ImmutableDictionary<string, NameState>.Empty;

    public RenewalWindow? Window { get; init; }

    /// <summary>When to ask for the suggested window again.</summary>
    public DateTimeOffset? NextWindowLook { get; init; }

    /// <summary>How many times in a row that answer was of no use.</summary>
    public int WindowFailures { get; init; }

    /// <summary>When this was written, by this computer's clock.</summary>
    public DateTimeOffset? WrittenAt { get; init; }

    public ImmutableArray<IssuedRecord> Issued { get; init; } = [];

    public NameState Of(string name) => Names.GetValueOrDefault(name) ?? NameState.Unknown;

    public string ToJson() => JsonRecord.Write(this, Options) + "\n";

    /// <exception cref="JsonException">It is not what <see cref="ToJson"/> wrote.</exception>
    public static RenewalState FromJson(string json) => JsonRecord.Read<RenewalState>(json, Options) ?? throw new JsonException("it is empty");
}
