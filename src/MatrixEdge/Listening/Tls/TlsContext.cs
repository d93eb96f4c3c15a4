using System.Collections.Immutable;
using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using static MatrixEdge.Listening.Tls.OpenSsl;

namespace MatrixEdge.Listening.Tls;

/// <summary>
/// All that connections with one certificate have in common: certificate, key, chain, protocols, and the keys of its session tickets.
/// A ticket is worth nothing with another certificate.
/// </summary>
internal sealed unsafe class TlsContext : SafeHandle
{
    // Forward secrecy and authenticated encryption, for clients that do not have TLS 1.3 (RFC 9325 §4.2). Which of them is the client's choice: it knows what it does fast.
    private const string Tls12Ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
        + "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

    // The length of the list, then the list as it stands in a ClientHello (RFC 7301 §3.1).
    private nint protocols;

    public TlsContext() : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <exception cref="CryptographicException">OpenSSL does not take certificate, key or chain; the message says why.</exception>
    public static TlsContext Create(TlsIdentity identity)
    {
        var context = new TlsContext();
        try
        {
            context.Prepare(identity);
            return context;
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        SSL_CTX_free(handle);
        NativeMemory.Free((void*)protocols);
        return true;
    }

    private void Prepare(TlsIdentity identity)
    {
        const int SetMode = 33, SetReadAhead = 41, SetSessionCacheMode = 44, SetMinimumVersion = 123, AddChainCertificate = 89;
        const nint NoAutoChain = 0x8, ReleaseBuffers = 0x10;
        const int Bits112 = 2; // SSL_CTX_set_security_level: RSA of 2048 bits, EC of 224, and more
        const ulong IgnoreUnexpectedEnd = 1 << 7, NoTicket = 1 << 14, NoCompression = 1 << 17, NoRenegotiation = 1 << 30;

        ERR_clear_error();
        SetHandle(SSL_CTX_new(TLS_server_method()));
        Check(!IsInvalid, "SSL_CTX_new");
        Check(SSL_CTX_ctrl(handle, SetMinimumVersion, 0x0303, 0) == 1, "TLS 1.2");
        Check(SSL_CTX_set_cipher_list(handle, Tls12Ciphers) == 1, "its ciphers");
        if (SSL_CTX_get_security_level(handle) < Bits112)
            SSL_CTX_set_security_level(handle, Bits112); // as Debian has it; a system may ask for more

        // A connection that waits keeps no buffers: they would be 34 KiB of it.
        SSL_CTX_ctrl(handle, SetMode, NoAutoChain | ReleaseBuffers, 0);
        SSL_CTX_ctrl(handle, SetReadAhead, 1, 0); // one system call for a record, not one for its head and one for the rest
        SSL_CTX_ctrl(handle, SetSessionCacheMode, 0, 0); // sessions are in the tickets that clients keep
        var resumes = identity.MayResume;
        SSL_CTX_set_options(handle, IgnoreUnexpectedEnd | NoCompression | NoRenegotiation | (resumes ? 0 : NoTicket));
        Check(SSL_CTX_set_num_tickets(handle, resumes ? 1u : 0u) == 1, "session tickets");

        Use(identity.Bundle.Leaf);
        foreach (var intermediate in identity.Bundle.Chain)
        {
            fixed (byte* bytes = intermediate.RawDataMemory.Span)
            {
                var at = bytes;
                var parsed = d2i_X509(0, &at, intermediate.RawDataMemory.Length);
                var isTaken = parsed != 0 && SSL_CTX_ctrl(handle, AddChainCertificate, 1, parsed) == 1;
                X509_free(parsed);
                Check(isTaken, "the chain");
            }
        }

        Offer(identity.Protocols);
    }

    private void Use(X509Certificate2 certificate)
    {
        fixed (byte* bytes = certificate.RawDataMemory.Span)
            Check(SSL_CTX_use_certificate_ASN1(handle, certificate.RawDataMemory.Length, bytes) == 1, "the certificate");

        using AsymmetricAlgorithm? key = (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey();
        var exported = key?.ExportPkcs8PrivateKey() ?? throw new CryptographicException("The certificate has neither an EC key nor an RSA key");
        try
        {
            fixed (byte* bytes = exported)
            {
                var at = bytes;
                var parsed = d2i_AutoPrivateKey(0, &at, exported.Length);
                Check(parsed != 0, "the private key");
                var isTaken = SSL_CTX_use_PrivateKey(handle, parsed) == 1 && SSL_CTX_check_private_key(handle) == 1;
                EVP_PKEY_free(parsed);
                Check(isTaken, "the private key");
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(exported);
        }
    }

    private void Offer(ImmutableArray<SslApplicationProtocol> offered)
    {
        var length = offered.Sum(protocol => 1 + protocol.Protocol.Length);
        protocols = (nint)NativeMemory.Alloc((nuint)(sizeof(uint) + length));
        *(uint*)protocols = (uint)length;
        var list = new Span<byte>((byte*)protocols + sizeof(uint), length);
        foreach (var protocol in offered)
        {
            list[0] = (byte)protocol.Protocol.Length;
            protocol.Protocol.Span.CopyTo(list[1..]);
            list = list[(1 + protocol.Protocol.Length)..];
        }

        SSL_CTX_set_alpn_select_cb(handle, &Select, protocols);
    }

    // The first of ours that the client has, too; without one the handshake ends with no_application_protocol (RFC 7301 §3.2).
    [UnmanagedCallersOnly]
    private static int Select(nint ssl, byte** selected, byte* selectedLength, byte* offered, uint offeredLength, nint protocols)
    {
        const int Negotiated = 1, Accepted = 0, Fatal = 2;
        return SSL_select_next_proto(selected, selectedLength, (byte*)protocols + sizeof(uint), *(uint*)protocols, offered, offeredLength) == Negotiated
            ? Accepted
            : Fatal;
    }

    private static void Check(bool isGood, string what)
    {
        if (!isGood)
            throw new CryptographicException($"OpenSSL refuses {what}: {TakeError()}");
    }
}
