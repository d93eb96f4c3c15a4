using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace MatrixEdge.Certificates;

/// <summary>The certificates of the authorities that this host trusts.</summary>
internal static class SystemRoots
{
    /// <summary>
    /// Begins to read them beside everything else. The platform reads them all, once, before it builds the first chain, even one that is
    /// to be judged by nothing but itself: some 150 files, on which the start would otherwise wait.
    /// </summary>
    public static void BeginReading() => Task.Run(() =>
    {
        try
        {
            using var store = new X509Store(StoreName.Root, StoreLocation.LocalMachine, OpenFlags.ReadOnly);
            foreach (var root in store.Certificates)
                root.Dispose();
        }
        catch (CryptographicException)
        {
            // Whoever needs them will read them, and say what is wrong.
        }
    });
}
