using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>Where a served certificate comes from. Asked by one caller, the keeper.</summary>
internal interface ICertificateSource
{
    /// <summary>Tells one source from another: the site whose certificate it is, or empty for one that serves all sites.</summary>
    string Id { get; }

    /// <summary>The names that the certificate should be for.</summary>
    IReadOnlyCollection<string> Names { get; }

    /// <summary>The certificate to serve now, made or read anew; null when there is none yet, but there will be.</summary>
    /// <exception cref="CertificateException">There is none; the message says why and what to do.</exception>
    Task<CertificateBundle?> LoadAsync(CancellationToken stop);

    /// <summary>Returns when <see cref="LoadAsync"/> should be asked again after it gave <paramref name="served"/>.</summary>
    Task WaitAsync(CertificateBundle? served, CancellationToken stop);
}

/// <summary>No usable certificate; the message is for the operator: what happened, to what, what to do.</summary>
internal sealed class CertificateException(string message, Exception? inner = null) : Exception(message, inner);
