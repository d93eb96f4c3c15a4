using System.Runtime.InteropServices;

namespace MatrixEdge.Doctor;

/// <summary>
/// Verifies signatures of Ed25519 (RFC 8032). Neither .NET nor a maintained package has it, so the library does that .NET itself
/// needs on Linux: OpenSSL's libcrypto, since 1.1.1.
/// </summary>
internal static class Ed25519
{
    public const int KeyLength = 32;

    public const int SignatureLength = 64;

    // OpenSSL obj_mac.h: NID_ED25519.
    private const int KeyType = 1087;

    private static readonly Lazy<Functions?> Found = new(Load);

    /// <summary>Whether this system has the library.</summary>
    public static bool IsAvailable => Found.Value is not null;

    /// <exception cref="PlatformNotSupportedException">This system does not have the library, see <see cref="IsAvailable"/>.</exception>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var library = Found.Value ?? throw new PlatformNotSupportedException("OpenSSL's libcrypto was not found.");
        if (publicKey.Length != KeyLength || signature.Length != SignatureLength)
            return false;

        var key = library.NewKey(KeyType, 0, publicKey.ToArray(), KeyLength);
        if (key == 0)
            return false;

        var context = library.NewContext();
        try
        {
            return library.Begin(context, 0, 0, 0, key) == 1
                && library.Verify(context, signature.ToArray(), SignatureLength, message.ToArray(), (nuint)message.Length) == 1;
        }
        finally
        {
            library.FreeContext(context);
            library.FreeKey(key);
        }
    }

    private static Functions? Load()
    {
        foreach (var name in (string[])["libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so", "libcrypto.3.dylib", "libcrypto"])
        {
            if (!NativeLibrary.TryLoad(name, out var library))
                continue;

            if (TryFind<EvpPkeyNewRawPublicKey>(library, "EVP_PKEY_new_raw_public_key", out var newKey) && TryFind<Free>(library, "EVP_PKEY_free", out var freeKey)
                && TryFind<EvpMdCtxNew>(library, "EVP_MD_CTX_new", out var newContext) && TryFind<Free>(library, "EVP_MD_CTX_free", out var freeContext)
                && TryFind<EvpDigestVerifyInit>(library, "EVP_DigestVerifyInit", out var begin) && TryFind<EvpDigestVerify>(library, "EVP_DigestVerify", out var verify))
                return new Functions(newKey, freeKey, newContext, freeContext, begin, verify);
            NativeLibrary.Free(library);
        }

        return null;
    }

    private static bool TryFind<T>(nint library, string name, out T function)
        where T : Delegate
    {
        var found = NativeLibrary.TryGetExport(library, name, out var address);
        function = found ? Marshal.GetDelegateForFunctionPointer<T>(address) : null!;
        return found;
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint EvpPkeyNewRawPublicKey(int type, nint engine, byte[] key, nuint length);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint EvpMdCtxNew();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int EvpDigestVerifyInit(nint context, nint keyContext, nint digest, nint engine, nint key);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int EvpDigestVerify(nint context, byte[] signature, nuint signatureLength, byte[] message, nuint messageLength);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void Free(nint what);

    private sealed record Functions(EvpPkeyNewRawPublicKey NewKey, Free FreeKey, EvpMdCtxNew NewContext, Free FreeContext, EvpDigestVerifyInit Begin, EvpDigestVerify Verify);
}
