using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MatrixEdge.Listening.Tls;

/// <summary>
/// The few functions of OpenSSL 3 that a server's side of TLS takes (<c>man 7 ssl</c>). The library is the system's, the same that the
/// framework uses, and gets its security updates with the system.
/// </summary>
internal static unsafe partial class OpenSsl
{
    public const int WantRead = 2; // SSL_ERROR_WANT_READ
    public const int ZeroReturn = 6; // SSL_ERROR_ZERO_RETURN: the peer said close_notify

    private const string Ssl = "libssl.so.3";
    private const string Crypto = "libcrypto.so.3";
    private const ulong NoAtExit = 0x00080000; // OPENSSL_INIT_NO_ATEXIT: other threads are still at work when the process ends

    /// <summary>Whether this system has the library; looked up once.</summary>
    public static bool IsThere { get; } = Load();

    /// <summary>What went wrong on this thread, in the library's words; empties its list.</summary>
    public static string TakeError()
    {
        const int Longest = 256;
        var code = ERR_peek_error();
        if (code == 0)
            return "no reason given";

        var text = stackalloc byte[Longest];
        ERR_error_string_n(code, text, Longest);
        ERR_clear_error();
        return Marshal.PtrToStringUTF8((nint)text)!;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Load() =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad(Crypto, out _) && NativeLibrary.TryLoad(Ssl, out _) && OPENSSL_init_ssl(NoAtExit, 0) == 1;

    [LibraryImport(Ssl)]
    private static partial int OPENSSL_init_ssl(ulong options, nint settings);

    [LibraryImport(Ssl)]
    public static partial nint TLS_server_method();

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_new(nint method);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_free(nint context);

    [LibraryImport(Ssl)]
    public static partial nint SSL_CTX_ctrl(nint context, int command, nint number, nint pointer);

    [LibraryImport(Ssl)]
    public static partial ulong SSL_CTX_set_options(nint context, ulong options);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_set_num_tickets(nint context, nuint count);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_get_security_level(nint context);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_security_level(nint context, int level);

    [LibraryImport(Ssl, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SSL_CTX_set_cipher_list(nint context, string list);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_certificate_ASN1(nint context, int length, byte* certificate);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_use_PrivateKey(nint context, nint key);

    [LibraryImport(Ssl)]
    public static partial int SSL_CTX_check_private_key(nint context);

    [LibraryImport(Ssl)]
    public static partial void SSL_CTX_set_alpn_select_cb(nint context, delegate* unmanaged<nint, byte**, byte*, byte*, uint, nint, int> select, nint argument);

    [LibraryImport(Ssl)]
    public static partial int SSL_select_next_proto(byte** selected, byte* selectedLength, byte* server, uint serverLength, byte* client, uint clientLength);

    [LibraryImport(Ssl)]
    public static partial nint SSL_new(nint context);

    [LibraryImport(Ssl)]
    public static partial void SSL_free(nint ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_accept_state(nint ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_set_bio(nint ssl, nint read, nint write);

    [LibraryImport(Ssl)]
    public static partial int SSL_do_handshake(nint ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_read(nint ssl, byte* buffer, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_write(nint ssl, byte* buffer, int length);

    [LibraryImport(Ssl)]
    public static partial int SSL_shutdown(nint ssl);

    [LibraryImport(Ssl), SuppressGCTransition]
    public static partial int SSL_has_pending(nint ssl);

    [LibraryImport(Ssl)]
    public static partial int SSL_get_error(nint ssl, int result);

    [LibraryImport(Ssl)]
    public static partial int SSL_version(nint ssl);

    [LibraryImport(Ssl)]
    public static partial void SSL_get0_alpn_selected(nint ssl, byte** selected, uint* length);

    [LibraryImport(Crypto)]
    public static partial nint BIO_meth_new(int type, byte* name);

    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_read(nint method, delegate* unmanaged<nint, byte*, int, int> read);

    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_write(nint method, delegate* unmanaged<nint, byte*, int, int> write);

    [LibraryImport(Crypto)]
    public static partial int BIO_meth_set_ctrl(nint method, delegate* unmanaged<nint, int, nint, nint, nint> control);

    [LibraryImport(Crypto)]
    public static partial nint BIO_new(nint method);

    [LibraryImport(Crypto)]
    public static partial void BIO_set_data(nint bio, nint data);

    [LibraryImport(Crypto)]
    public static partial void BIO_set_init(nint bio, int isReady);

    // These three read or write a field, no more: the runtime need not get ready for a call that takes its time.
    [LibraryImport(Crypto), SuppressGCTransition]
    public static partial nint BIO_get_data(nint bio);

    [LibraryImport(Crypto), SuppressGCTransition]
    public static partial void BIO_set_flags(nint bio, int flags);

    [LibraryImport(Crypto), SuppressGCTransition]
    public static partial void BIO_clear_flags(nint bio, int flags);

    [LibraryImport(Crypto)]
    public static partial nint d2i_X509(nint reuse, byte** bytes, nint length);

    [LibraryImport(Crypto)]
    public static partial void X509_free(nint certificate);

    [LibraryImport(Crypto)]
    public static partial nint d2i_AutoPrivateKey(nint reuse, byte** bytes, nint length);

    [LibraryImport(Crypto)]
    public static partial void EVP_PKEY_free(nint key);

    [LibraryImport(Crypto)]
    public static partial void ERR_clear_error();

    [LibraryImport(Crypto)]
    private static partial nuint ERR_peek_error();

    [LibraryImport(Crypto)]
    private static partial void ERR_error_string_n(nuint code, byte* text, nuint length);
}
