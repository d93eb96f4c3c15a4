using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>What one new TLS connection showed; it trusts everybody and is closed again.</summary>
internal sealed partial record TlsProbe
{
    /// <summary>The certificates as they were sent, leaf first; empty when it did not come to that.</summary>
    public IReadOnlyList<X509Certificate2> Sent { get; private init; } = [];

    public X509Certificate2 Leaf => Sent.Count > 0 ? Sent[0] : throw new InvalidOperationException($"No certificate came: {Failure}");

    public string Serial => Leaf.SerialNumber;

    /// <summary>The protocol that was agreed on; null: none.</summary>
    public string? ApplicationProtocol { get; private init; }

    public SslProtocols Protocol { get; private init; }

    /// <summary>Why there was no connection; null when there was.</summary>
    public Exception? Failure { get; private init; }

    /// <summary>The number of the TLS alert (RFC 8446 §6) by which the server ended it, such as 120 for no_application_protocol; null: none.</summary>
    public int? Alert { get; private init; }

    /// <summary>Connects to this port of 127.0.0.1. Failures are in the result; only cancellation is thrown.</summary>
    /// <param name="serverName">The name in SNI; null or empty: none is sent.</param>
    /// <param name="applicationProtocols">Those offered, best first; none: the extension is not sent.</param>
    public static Task<TlsProbe> ConnectAsync(int port, string? serverName, CancellationToken cancellationToken, params string[] applicationProtocols) =>
        ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), serverName, SslProtocols.None, cancellationToken, applicationProtocols);

    /// <inheritdoc cref="ConnectAsync(int, string?, CancellationToken, string[])" />
    public static async Task<TlsProbe> ConnectAsync(
        IPEndPoint endPoint, string? serverName, SslProtocols protocols, CancellationToken cancellationToken, params string[] applicationProtocols)
    {
        X509Certificate2[] sent = [];
        try
        {
            using var client = new TcpClient(endPoint.AddressFamily) { NoDelay = true };
            await client.ConnectAsync(endPoint, cancellationToken);
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = serverName ?? "",
                    EnabledSslProtocols = protocols,
                    ApplicationProtocols = applicationProtocols.Length == 0
                        ? null
                        : [.. applicationProtocols.Select(protocol => new SslApplicationProtocol(protocol))],
                    AllowTlsResume = false, // A resumed session shows the certificate of the first one.
                    CertificateChainPolicy = new X509ChainPolicy
                    {
                        TrustMode = X509ChainTrustMode.CustomRootTrust,
                        DisableCertificateDownloads = true,
                        RevocationMode = X509RevocationMode.NoCheck,
                    },
                    RemoteCertificateValidationCallback = (_, _, chain, _) =>
                    {
                        // The extra store holds what the peer sent, the leaf included; it is emptied afterwards.
                        sent = [.. chain!.ChainPolicy.ExtraStore.Select(extra => X509CertificateLoader.LoadCertificate(extra.RawData))];
                        return true;
                    },
                },
                cancellationToken);
            var agreed = tls.NegotiatedApplicationProtocol.ToString();
            return new TlsProbe { Sent = sent, ApplicationProtocol = agreed.Length > 0 ? agreed : null, Protocol = tls.SslProtocol };
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or SocketException)
        {
            return new TlsProbe { Sent = sent, Failure = exception, Alert = FindAlert(exception) };
        }
    }

    /// <summary>OpenSSL's reason for an alert that came in is its number and a thousand; .NET tells it in text only.</summary>
    private static int? FindAlert(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (OpenSslError().Match(exception.Message) is { Success: true } match
                && (int.Parse(match.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0xffff) is >= 1000 and <= 1255 and var reason)
                return reason - 1000;
        }

        return null;
    }

    [GeneratedRegex("error:([0-9A-Fa-f]{8})")]
    private static partial Regex OpenSslError();
}
