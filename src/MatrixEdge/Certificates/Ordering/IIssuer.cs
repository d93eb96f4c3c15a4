using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>A certificate authority, as the loop that keeps a certificate fresh sees it. Used by one caller at a time for each site.</summary>
internal interface IIssuer
{
    /// <summary>What the store calls it.</summary>
    string Id { get; }

    /// <summary>Its host, for people.</summary>
    string Name { get; }

    /// <summary>The profile that is asked for; null when that is left to the authority.</summary>
    string? Profile { get; }

    /// <summary>The authority's clock minus ours, as of its last answer; null before any.</summary>
    TimeSpan? ClockSkew { get; }

    /// <summary>Asks something that costs nothing, so that <see cref="ClockSkew"/> is known.</summary>
    /// <exception cref="IssuanceException">It does not answer.</exception>
    Task GreetAsync(CancellationToken stop);

    /// <summary>Gets a certificate. It is checked, but neither kept nor served yet, and the order is still open in the archive.</summary>
    /// <exception cref="IssuanceException">
    /// None came. With <see cref="IssuanceException.Refusals"/> the order stays in the archive until those are written down elsewhere.
    /// </exception>
    Task<IssuedCertificate> IssueAsync(IssuanceRequest request, CancellationToken stop);

    /// <summary>When the authority would like the certificate to be renewed (RFC 9773); null when it says nothing of the kind.</summary>
    /// <exception cref="AcmeException">It gave no usable answer.</exception>
    Task<AcmeRenewalInfo?> GetRenewalInfoAsync(X509Certificate2 certificate, CancellationToken stop);

    /// <summary>Revokes a certificate (RFC 8555 §7.6), with its own key, so that it does not matter which account ordered it.</summary>
    /// <exception cref="IssuanceException">It is not revoked, or that is not known.</exception>
    Task RevokeAsync(X509Certificate2 certificate, RevocationReason reason, CancellationToken stop);

    /// <summary>Whether there is an account whose key could be changed.</summary>
    /// <exception cref="IssuanceException">The store cannot be read.</exception>
    Task<bool> HasAccountAsync(CancellationToken stop) => Task.FromResult(true);

    /// <summary>Gives the account another key (RFC 8555 §7.3.5).</summary>
    /// <exception cref="IssuanceException">The account has its old key still, or which one it has will be found out at its next use.</exception>
    Task RollAccountKeyAsync(CancellationToken stop);
}
