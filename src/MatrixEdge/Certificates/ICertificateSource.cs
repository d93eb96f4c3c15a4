using MatrixEdge.Listening;

namespace MatrixEdge.Certificates;

/// <summary>Where the served certificate comes from. Asked by one caller, the keeper.</summary>
internal interface ICertificateSource
{
    /// <summary>
    /// The certificate to serve now, made or read anew.
    /// </summary>
    /// <exception cref="CertificateException">There is none; the message says why and what to do.</exception>
    CertificateBundle Load();

    /// <summary>Returns when <see cref="Load"/> should be asked again after it gave <paramref name="served"/>.</summary>
    Task WaitAsync(CertificateBundle? served, CancellationToken stop);
}

/// <summary>No usable certificate; the message is for the operator: what happened, to what, what to do.</summary>
internal sealed class CertificateException(string message, Exception? inner = null) : Exception(message, inner);
