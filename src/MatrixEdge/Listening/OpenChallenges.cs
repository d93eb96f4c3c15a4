using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Listening;

/// <summary>
/// The cell with the challenges that a certificate authority may ask for at this moment. The listeners only read it, and cost
/// nothing while it is empty; whoever orders certificates writes it, and takes out again what it put in.
/// </summary>
internal sealed class OpenChallenges
{
    private ImmutableDictionary<string, string> http = ImmutableDictionary<string, string>.Empty;
    private ImmutableDictionary<string, TlsIdentity> tls = ImmutableDictionary.Create<string, TlsIdentity>(StringComparer.OrdinalIgnoreCase);

    /// <summary>A challenge was asked for and answered; with its type as RFC 8555 and RFC 8737 name it. Listeners must not wait.</summary>
    public event Action<string>? Hit;

    /// <summary>Whether any name waits for a tls-alpn-01 handshake; only then need a ClientHello be looked at.</summary>
    public bool AwaitsTlsAlpn => !Volatile.Read(ref tls).IsEmpty;

    /// <summary>What to answer at <c>/.well-known/acme-challenge/{token}</c> (RFC 8555 §8.3); null for a token that nobody waits for.</summary>
    public string? FindHttp(string token) => Found("http-01", Volatile.Read(ref http).GetValueOrDefault(token));

    /// <summary>What to show in a handshake with <c>acme-tls/1</c> and this server name (RFC 8737 §3); null when none is awaited.</summary>
    public TlsIdentity? FindTlsAlpn(string serverName) => Found("tls-alpn-01", Volatile.Read(ref tls).GetValueOrDefault(serverName));

    /// <summary>Answers http-01 until the result is disposed.</summary>
    public IDisposable AnswerHttp(string token, string keyAuthorization)
    {
        ImmutableInterlocked.AddOrUpdate(ref http, token, keyAuthorization, (_, _) => keyAuthorization);
        return new Removal(() => ImmutableInterlocked.TryRemove(ref http, token, out _));
    }

    /// <summary>Answers tls-alpn-01 for this server name (for an address its reverse name, RFC 8738 §6) until the result is disposed.</summary>
    public IDisposable AnswerTlsAlpn(string serverName, X509Certificate2 certificate)
    {
        var identity = TlsIdentity.OfChallenge(certificate);
        ImmutableInterlocked.AddOrUpdate(ref tls, serverName, identity, (_, _) => identity);

        // Handshakes that have begun still hold the certificate: it is left to the garbage collector.
        return new Removal(() => ImmutableInterlocked.TryRemove(ref tls, serverName, out _));
    }

    private T? Found<T>(string type, T? answer)
        where T : class
    {
        if (answer is not null)
            Hit?.Invoke(type);
        return answer;
    }

    private sealed class Removal(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
