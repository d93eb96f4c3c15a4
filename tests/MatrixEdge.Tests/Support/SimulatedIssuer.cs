using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;
using MatrixEdge.Certificates.Ordering;
using MatrixEdge.Configuration;
using MatrixEdge.Listening;

namespace MatrixEdge.Tests.Support;

/// <summary>
/// A certificate authority that lives in simulated time, counts as Let's Encrypt does, and refuses what exceeds its limits.
/// Whatever it had to refuse for that reason is a fault of who asked.
/// </summary>
internal sealed class SimulatedIssuer(string id, TimeSpan lifetime, TimeProvider time) : IIssuer
{
    private static readonly TestAuthority Authority = new(1, TimeSpan.FromDays(36500));
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly List<(DateTimeOffset At, string Names)> counted = [];
    private readonly List<(DateTimeOffset At, string Name)> failures = [];
    private readonly HashSet<string> replaced = [];

    public string Id => id;

    public string Name => id;

    public string? Profile => null;

    public TimeSpan? ClockSkew { get; set; } = TimeSpan.Zero;

    public bool IsDown { get; set; }

    /// <summary>Names that cannot be validated at the moment.</summary>
    public HashSet<string> Unprovable { get; } = [];

    /// <summary>Names that it puts into every certificate beside those that were ordered.</summary>
    public string[] Adds { get; set; } = [];

    /// <summary>Why it refuses every order; null when it does not.</summary>
    public IssuanceException? Refuses { get; set; }

    /// <summary>What it says of a renewal window; null: the usual one, at two thirds of the life.</summary>
    public Func<X509Certificate2, AcmeRenewalInfo?>? Window { get; set; }

    public int Issued { get; private set; }

    public int Orders { get; private set; }

    public int WindowLooks { get; private set; }

    /// <summary>What exceeded its limits.</summary>
    public List<string> Exceeded { get; } = [];

    public Task GreetAsync(CancellationToken stop)
    {
        ThrowIfDown();
        return Task.CompletedTask;
    }

    public Task<IssuedCertificate> IssueAsync(IssuanceRequest request, CancellationToken stop)
    {
        ThrowIfDown();
        Orders++;
        if (Refuses is not null)
            throw Refuses;
        var now = time.GetUtcNow();
        var refused = request.Names.Where(Unprovable.Contains).ToList();
        foreach (var name in refused)
        {
            if (failures.Count(failure => failure.Name == name && failure.At > now - Hour) >= 5)
                Exceeded.Add($"{now:u}: more than five failed authorizations an hour for {name}");
            failures.Add((now, name));
        }

        if (refused.Count > 0)
        {
            throw new IssuanceException(FailureKind.Validation, $"{id} could not validate {string.Join(", ", refused)}")
            {
                Refusals = [.. refused.Select(name => new ValidationFailure(name, "no such host"))],
            };
        }

        var window = request.Current is { Origin.Issuer: var issuer } && issuer == id ? KnownWindowOf(request.Current.Bundle.Leaf) : null;
        var isExempt = window is not null && now >= window.Start && now < window.End && replaced.Add(request.Current!.Bundle.Leaf.SerialNumber);
        var key = IssuedRecord.KeyOf(request.Names);
        if (!isExempt)
        {
            if (lifetime >= TimeSpan.FromDays(6) && counted.Count(issued => issued.Names == key && issued.At > now - Week) >= 5)
            {
                Exceeded.Add($"{now:u}: more than five certificates a week for {key}");
                throw new IssuanceException(FailureKind.RateLimited, "too many certificates") { RetryAfter = TimeSpan.FromHours(34) };
            }

            counted.Add((now, key));
        }

        Issued++;
        var issued = Authority.IssueAt(now - Hour, now - Hour + lifetime, [.. request.Names, .. Adds]);
        var bundle = new CertificateBundle(issued.Leaf, [.. issued.Chain]);
        return Task.FromResult(new IssuedCertificate(
            bundle, issued.CertificatePem + issued.KeyPem, new CertificateOrigin(id, new Uri($"https://{id}/account"), null, now), window is not null,
            ImmutableDictionary<string, ChallengeType>.Empty, []));
    }

    public Task<AcmeRenewalInfo?> GetRenewalInfoAsync(X509Certificate2 certificate, CancellationToken stop)
    {
        WindowLooks++;
        if (IsDown)
            throw new AcmeException(AcmeFailure.Unreachable, new Uri($"https://{id}/"), "down");
        return Task.FromResult(WindowOf(certificate));
    }

    public Task RevokeAsync(X509Certificate2 certificate, RevocationReason reason, CancellationToken stop)
    {
        ThrowIfDown();
        return Task.CompletedTask;
    }

    public Task RollAccountKeyAsync(CancellationToken stop)
    {
        ThrowIfDown();
        return Task.CompletedTask;
    }

    /// <summary>The window of Boulder: around two thirds of the life, half of it below ten days, two hundredths of it wide.</summary>
    public static AcmeRenewalInfo UsualWindow(X509Certificate2 certificate)
    {
        var (begin, end) = (new DateTimeOffset(certificate.NotBefore.ToUniversalTime()), new DateTimeOffset(certificate.NotAfter.ToUniversalTime()));
        var middle = end - begin < TimeSpan.FromDays(10) ? begin + ((end - begin) / 2) : begin + ((end - begin) * 2 / 3);
        var half = (end - begin) / 100;
        return new AcmeRenewalInfo(middle - half, middle + half, null, TimeSpan.FromHours(6));
    }

    private AcmeRenewalInfo? WindowOf(X509Certificate2 certificate) => Window is null ? UsualWindow(certificate) : Window(certificate);

    // What it counts by, whatever it says.
    private AcmeRenewalInfo? KnownWindowOf(X509Certificate2 certificate)
    {
        try
        {
            return WindowOf(certificate);
        }
        catch (AcmeException)
        {
            return UsualWindow(certificate);
        }
    }

    private void ThrowIfDown()
    {
        if (IsDown)
            throw new IssuanceException(FailureKind.Unreachable, $"{id} does not answer", new AcmeException(AcmeFailure.Unreachable, new Uri($"https://{id}/"), "down") { StatusCode = HttpStatusCode.BadGateway });
    }
}
