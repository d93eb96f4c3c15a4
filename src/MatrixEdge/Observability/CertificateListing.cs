using System.Collections.Immutable;
using System.Text.Json.Serialization;
using MatrixEdge.Certificates;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Observability;

/// <summary>What <c>GET /certificates</c> answers, and what <c>matrixedge certificates</c> reads. Times are UTC.</summary>
/// <param name="Source">As the configuration names it.</param>
internal sealed record CertificateListing(
    [property: JsonConverter(typeof(JsonStringEnumConverter<CertificateSource>))] CertificateSource Source, ImmutableArray<ListedCertificate> Certificates)
{
    public static CertificateListing Of(CertificateSource source, CertificateKeeper keeper, ServedCertificate served, DateTimeOffset now)
    {
        var ordering = keeper.Ordering;
        return new CertificateListing(source, [
            .. ordering.Select(entry => Ordered(entry.Status, now)),
            .. served.All.Where(entry => ordering.All(other => other.Id != entry.Key)).Select(entry => Given(source, entry.Key, entry.Value, now)),
        ]);
    }

    private static ListedCertificate Ordered(CertificateStatus status, DateTimeOffset now)
    {
        var (bundle, state) = (status.Bundle, status.State);
        return new ListedCertificate(
            status.Site, bundle is null ? status.Names : [.. bundle.Names], bundle?.Leaf.SerialNumber, bundle?.NotBefore, bundle?.NotAfter,
            bundle is null ? "there is none yet; one is being ordered" : Health.WhyUnusable(bundle, now), status.Issuer, status.Generation)
        {
            NextRenewal = new NextRenewal(status.Next.Due, Words(status.Next.Reason, state)),
            Window = state.Window is { } window ? new ListedWindow(window.Start, window.End, window.Selected, window.Explanation) : null,
            Failures = state.Failures,
            LastFailure = state.LastFailure is { } failure ? new ListedFailure(failure.At, failure.Kind, failure.Issuer, failure.Message) : null,
            LastSuccess = state.LastSuccess,
            NextAttempt = state.NextAttempt,
            LeftOut = bundle is null ? [] : [.. bundle.Missing(status.Names).Select(name => new LeftOutName(name, state.Of(name).Reason ?? "it was not asked for yet"))],
        };
    }

    // The local authority and files keep no record of attempts; the log tells what went wrong.
    private static ListedCertificate Given(CertificateSource source, string id, CertificateBundle bundle, DateTimeOffset now) =>
        new(id.Length > 0 ? id : null, [.. bundle.Names], bundle.Leaf.SerialNumber, bundle.NotBefore, bundle.NotAfter, Health.WhyUnusable(bundle, now), bundle.Leaf.Issuer, null)
        {
            NextRenewal = source == CertificateSource.Local ? new NextRenewal(LocalAuthority.RenewalTime(bundle.Leaf), "two thirds of its life are over then") : null,
        };

    private static string Words(RenewalReason reason, RenewalState state) => reason switch
    {
        RenewalReason.None => "there is none yet",
        RenewalReason.Expired => "the current one has expired",
        RenewalReason.Asked => state.Asked ?? "it was asked for",
        RenewalReason.Names => "the current one does not have the names of the configuration",
        RenewalReason.Settings => "the configuration asks for another kind",
        RenewalReason.Window => "chosen in the window that the authority suggests",
        RenewalReason.Share => "enough of its life is over then",
        _ => "only a twentieth of its life is left then",
    };
}

/// <param name="Site">The server name of the site that it is for; null for one that serves all.</param>
/// <param name="Names">What the certificate is for; before there is one, what it will be for.</param>
/// <param name="Serial">Hexadecimal; null before there is one.</param>
/// <param name="Trouble">Why clients refuse it, in words; null when they do not.</param>
/// <param name="Authority">Who issued it.</param>
/// <param name="Generation">Its number in the store; null where it is not numbered, 0 before it is stored.</param>
internal sealed record ListedCertificate(
    string? Site, ImmutableArray<string> Names, string? Serial, DateTimeOffset? NotBefore, DateTimeOffset? NotAfter, string? Trouble, string? Authority, int? Generation)
{
    /// <summary>Null where something else renews it.</summary>
    public NextRenewal? NextRenewal { get; init; }

    public ListedWindow? Window { get; init; }

    /// <summary>In a row, up to now.</summary>
    public int Failures { get; init; }

    public ListedFailure? LastFailure { get; init; }

    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Not before this, after a failure.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    public ImmutableArray<LeftOutName> LeftOut { get; init; } = [];
}

/// <param name="Reason">In words.</param>
internal sealed record NextRenewal(DateTimeOffset At, string Reason);

/// <summary>The authority's suggested window (RFC 9773 §4.2), and the moment that was chosen in it.</summary>
internal sealed record ListedWindow(DateTimeOffset Start, DateTimeOffset End, DateTimeOffset Selected, Uri? Explanation);

internal sealed record ListedFailure(DateTimeOffset At, FailureKind Kind, string Authority, string Message);

internal sealed record LeftOutName(string Name, string Reason);
