using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Acme;
using MatrixEdge.Listening;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>
/// Looks at an open challenge as the authority will, before the authority is asked: by the public name, on the public port. It
/// never has the last word: from within a network the own public address often leads elsewhere.
/// </summary>
[SuppressMessage("Security", "CA5359", Justification = "Authorities look at challenges whatever certificate comes with them; nothing secret is sent.")]
internal sealed class SelfCheck(TimeProvider time)
{
    private const int HttpPort = 80;
    private const int TlsPort = 443;

    private static readonly SslApplicationProtocol ChallengeProtocol = new("acme-tls/1"); // RFC 8737 §6.2

    /// <summary>How long a look may take; an answer that comes later tells nothing.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>What was found to be wrong, in words; null when all is well or nothing can be told.</summary>
    public async Task<string?> FindObstacleAsync(AcmeIdentifier identifier, string type, string token, string keyAuthorization, X509Certificate2? challengeCertificate, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            // Not resolved, private or not reached: the view from here says nothing about the view from outside.
            var addresses = await System.Net.Dns.GetHostAddressesAsync(identifier.Value, either.Token);
            if (addresses.Length == 0 || addresses.Any(IsPrivate))
                return null;

            return type switch
            {
                Challenges.Http01 => await AskHttpAsync(identifier, addresses, token, keyAuthorization, either.Token),
                Challenges.TlsAlpn01 when challengeCertificate is not null => await AskTlsAsync(identifier, addresses, challengeCertificate, either.Token),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is SocketException or IOException or HttpRequestException or AuthenticationException
            || (exception is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return null;
        }
    }

    private static async Task<string?> AskHttpAsync(AcmeIdentifier identifier, IPAddress[] addresses, string token, string keyAuthorization, CancellationToken stop)
    {
        using var client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = true,
            MaxAutomaticRedirections = 10,
            UseProxy = false,
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true }, // as authorities do, RFC 8555 §8.3
            ActivityHeadersPropagator = null,
        })
        { MaxResponseContentBufferSize = 64 * 1024 };
        using var answer = await client.GetAsync(new UriBuilder("http", identifier.Value, HttpPort, Challenges.HttpPath + token).Uri, stop);
        var body = answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(stop) : "";
        return body.TrimEnd() == keyAuthorization
            ? null
            : $"http://{identifier.Value}:{HttpPort}{Challenges.HttpPath}… at {string.Join(", ", addresses.AsEnumerable())} answers {(int)answer.StatusCode} and not what this gateway would: does the name lead to another computer, or does something else hold port 80?";
    }

    private static async Task<string?> AskTlsAsync(AcmeIdentifier identifier, IPAddress[] addresses, X509Certificate2 expected, CancellationToken stop)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(addresses, TlsPort, stop);
        byte[]? seen = null;
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = Challenges.TlsAlpnServerName(identifier),
                ApplicationProtocols = [ChallengeProtocol],
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    seen = certificate?.GetRawCertData();
                    return true;
                },
            }, stop);
        }
        catch (AuthenticationException)
        {
            // Refused: whoever is there speaks TLS and does not know the protocol.
        }

        return seen.AsSpan().SequenceEqual(expected.RawDataMemory.Span)
            ? null
            : $"{identifier.Value}:{TlsPort} at {string.Join(", ", addresses.AsEnumerable())} does not answer the handshake as this gateway would: does the name lead to another computer, or does something in front (a CDN, a load balancer) end TLS?";
    }

    private static bool IsPrivate(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6UniqueLocal || address.Equals(IPAddress.Any))
            return true;
        if (address.AddressFamily != AddressFamily.InterNetwork)
            return false;

        var bytes = address.GetAddressBytes();
        return bytes[0] is 10 or 0 || (bytes[0] == 172 && bytes[1] is >= 16 and < 32) || (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254)
            || (bytes[0] == 100 && bytes[1] is >= 64 and < 128);
    }
}
