namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// Where TXT records can be published, for dns-01 (RFC 8555 §8.4). Several values may stand at one name at the same time, for
/// example for a name and its wildcard: neither call touches any value but its own.
/// </summary>
internal interface IDnsRecords
{
    /// <summary>Publishes the record and returns when validators can see it, or when waiting for that any longer is of no use (told in the log).</summary>
    /// <param name="name">As in <c>_acme-challenge.example.com</c>, without the dot at the end.</param>
    /// <param name="value">The text, at most 255 bytes.</param>
    /// <exception cref="DnsRecordException">It could not be published; the message is for the operator.</exception>
    Task AddAsync(string name, string value, CancellationToken stop);

    /// <summary>Takes the record away again; no error if it is gone already.</summary>
    /// <exception cref="DnsRecordException">It may still be there.</exception>
    Task RemoveAsync(string name, string value, CancellationToken stop);
}

/// <summary>A TXT record could not be published or taken away: what happened, where, what to do.</summary>
internal sealed class DnsRecordException(string message, Exception? inner = null) : Exception(message, inner);
