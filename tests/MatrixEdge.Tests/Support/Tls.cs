using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Listening;

namespace MatrixEdge.Tests.Support;

/// <summary>What a TLS client sees.</summary>
internal static class Tls
{
    /// <summary>The certificates on the wire, leaf first, as sent; with the protocol that was agreed on.</summary>
    public static async Task<(string[] Serials, SslProtocols Protocol)> HandshakeAsync(
        this RunningGateway gateway, ListenerKind kind, string? serverName, SslProtocols protocols = SslProtocols.None)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(gateway.EndPoints(kind)[0]);
        string[] sent = [];
        await using var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = serverName ?? "",
            EnabledSslProtocols = protocols,
            CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
            RemoteCertificateValidationCallback = (_, _, chain, _) =>
            {
                // The extra store holds what the peer sent, the leaf included.
                sent = [.. chain!.ChainPolicy.ExtraStore.Select(extra => extra.SerialNumber)];
                return true;
            },
        });
        return (sent, tls.SslProtocol);
    }
}
