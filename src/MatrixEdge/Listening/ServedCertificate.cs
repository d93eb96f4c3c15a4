using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using MatrixEdge.Listening.Tls;

namespace MatrixEdge.Listening;

/// <summary>
/// The one cell that holds what is served: a certificate for each site, or one for all. Both TLS ports read it at each
/// handshake, so a second, stale copy cannot exist; open connections keep what they began with. Readers never wait.
/// </summary>
internal sealed class ServedCertificate
{
    private readonly Lock writing = new();
    private volatile Table table = Table.Of([]);
    private ImmutableList<Entry>? gathered;

    /// <summary>Those that are served now, by id, in the order in which the ids were first heard of.</summary>
    public ImmutableArray<KeyValuePair<string, CertificateBundle>> All => table.All;

    /// <summary>The names that were announced and that no certificate is served for.</summary>
    public ImmutableArray<string> NamesWithout => table.NamesWithout;

    /// <summary>What is served under this id now; null before the first.</summary>
    public CertificateBundle? Find(string id) => table.Entries.FirstOrDefault(entry => entry.Id == id)?.Bundle;

    /// <summary>
    /// Announces that these names will have a certificate under this id, or changes the names of the one there is. Until it is
    /// published, they get no other site's certificate, unless that is for them.
    /// </summary>
    /// <param name="names">Host names, <c>*.</c> for one label in front (RFC 9525 §6.3), and addresses. In any case of letters.</param>
    public void Expect(string id, IReadOnlyCollection<string> names) => Change(id, entry => entry with { Names = [.. names] });

    /// <summary>
    /// Serves the bundle from the next handshake on. One that is served already stays as it is, and sessions with it go on.
    /// </summary>
    /// <param name="names">
    /// The names that lead to it, beside those that it is for itself. A client that asks for no name or for an unknown one gets the first certificate there is.
    /// </param>
    /// <exception cref="InvalidOperationException">The certificates do not follow each other from issuer to issuer; then nothing changes.</exception>
    public void Publish(string id, IReadOnlyCollection<string> names, CertificateBundle bundle)
    {
        var identity = TlsIdentity.Of(bundle);
        Change(id, entry => entry.Bundle?.SameAs(bundle) == true
            ? entry with { Names = [.. names] } // sessions of before go on
            : entry with { Names = [.. names], Identity = identity });
    }

    /// <summary>Serves it no longer, nor expects it: its site is gone.</summary>
    public void Forget(string id) => Change(entries => entries.RemoveAll(entry => entry.Id == id));

    /// <summary>Makes several of these changes as one: a thousand sites are put in order once, and handshakes see all of it or nothing.</summary>
    public void Together(Action changes)
    {
        lock (writing)
        {
            gathered = table.Entries;
            try
            {
                changes();
            }
            finally
            {
                table = Table.Of(gathered);
                gathered = null;
            }
        }
    }

    /// <summary>Makes sure that the bundle can be served.</summary>
    /// <exception cref="InvalidOperationException">The certificates do not follow each other from issuer to issuer.</exception>
    /// <exception cref="CryptographicException">OpenSSL refuses it, for example since its key is too short.</exception>
    public static void Verify(CertificateBundle bundle)
    {
        var identity = TlsIdentity.Of(bundle);
        if (TlsTermination.IsOwn)
            TlsContext.Create(identity).Dispose();
    }

    /// <summary>
    /// What a client gets that asks for this name. In this order: a certificate that is for the name; the one whose site has the name; for a
    /// name that nobody has, or none (an IP literal is never named in SNI: RFC 6066 §3), the first. Null when there is none yet.
    /// Allocates nothing.
    /// </summary>
    public TlsIdentity? FindIdentity(string? serverName) => table.Find(serverName);

    private void Change(string id, Func<Entry, Entry> change) => Change(entries =>
    {
        var index = entries.FindIndex(entry => entry.Id == id);
        return index < 0 ? entries.Add(change(new Entry(id, [], null))) : entries.SetItem(index, change(entries[index]));
    });

    private void Change(Func<ImmutableList<Entry>, ImmutableList<Entry>> change)
    {
        lock (writing)
        {
            if (gathered is not null)
                gathered = change(gathered);
            else
                table = Table.Of(change(table.Entries));
        }
    }

    private sealed record Entry(string Id, ImmutableArray<string> Names, TlsIdentity? Identity)
    {
        public CertificateBundle? Bundle => Identity?.Bundle;
    }

    /// <summary>All of it at one moment, ready to be looked up by name.</summary>
    private sealed class Table
    {
        // The framework hands out internationalised names of the ClientHello decoded.
        private static readonly IdnMapping Decoded = new() { AllowUnassigned = true };

        private readonly Dictionary<string, TlsIdentity?>.AlternateLookup<ReadOnlySpan<char>> byName;
        private readonly Dictionary<string, TlsIdentity?>.AlternateLookup<ReadOnlySpan<char>> byParent;
        private readonly TlsIdentity? first;

        private Table(ImmutableList<Entry> entries)
        {
            Entries = entries;
            All = [.. entries.Where(entry => entry.Bundle is not null).Select(entry => KeyValuePair.Create(entry.Id, entry.Bundle!))];
            first = entries.Find(entry => entry.Identity is not null)?.Identity;

            var ofCertificates = Index(entries.Where(entry => entry.Bundle is not null).SelectMany(entry => entry.Bundle!.Names.Select(name => (name, entry.Identity))));
            var all = Index(entries.OrderBy(entry => entry.Bundle is null).SelectMany(entry => entry.Names.Select(name => (name, Choose(entry, name, ofCertificates)))));
            NamesWithout = [.. entries.SelectMany(entry => entry.Names).Distinct(StringComparer.OrdinalIgnoreCase).Where(name => all[Written(name)] is null)];
            foreach (var (name, identity) in ofCertificates)
                all.TryAdd(name, identity);
            byName = ForLookup(all.Where(pair => !pair.Key.StartsWith("*.", StringComparison.Ordinal)));
            byParent = ForLookup(all.Where(pair => pair.Key.StartsWith("*.", StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key[2..], pair.Value)));
        }

        public ImmutableList<Entry> Entries { get; }

        public ImmutableArray<KeyValuePair<string, CertificateBundle>> All { get; }

        public ImmutableArray<string> NamesWithout { get; }

        public static Table Of(ImmutableList<Entry> entries) => new(entries);

        public TlsIdentity? Find(string? serverName)
        {
            var name = serverName.AsSpan();
            if (name.EndsWith('.'))
                name = name[..^1]; // forbidden there, yet sent (RFC 6066 §3)
            if (byName.TryGetValue(name, out var identity))
                return identity;

            var parent = ParentOf(name);
            return !parent.IsEmpty && byParent.TryGetValue(parent, out identity) ? identity : first;
        }

        private static TlsIdentity? Choose(Entry entry, string name, Dictionary<string, TlsIdentity?> ofCertificates)
        {
            string[] matching = [Written(name), $"*.{ParentOf(Written(name))}"];
            if (entry.Bundle is { } bundle && bundle.Names.Any(own => matching.Contains(own, StringComparer.OrdinalIgnoreCase)))
                return entry.Identity;
            return Array.Find(matching, ofCertificates.ContainsKey) is { } found ? ofCertificates[found] : entry.Identity;
        }

        // The first to claim a name has it.
        private static Dictionary<string, TlsIdentity?> Index(IEnumerable<(string Name, TlsIdentity? Identity)> names)
        {
            var index = new Dictionary<string, TlsIdentity?>(StringComparer.OrdinalIgnoreCase);
            foreach (var (name, identity) in names)
            {
                var written = Written(name);
                index.TryAdd(written, identity);
                if (TryDecode(written, out var decoded))
                    index.TryAdd(decoded, identity);
            }

            return index;
        }

        private static string Written(string name) => name.EndsWith('.') ? name[..^1] : name;

        private static ReadOnlySpan<char> ParentOf(ReadOnlySpan<char> name)
        {
            var dot = name.IndexOf('.');
            return dot <= 0 ? default : name[(dot + 1)..];
        }

        private static bool TryDecode(string name, [NotNullWhen(true)] out string? decoded)
        {
            decoded = null;
            if (!name.Contains("xn--", StringComparison.OrdinalIgnoreCase))
                return false;
            try
            {
                decoded = name.StartsWith("*.", StringComparison.Ordinal) ? $"*.{Decoded.GetUnicode(name[2..])}" : Decoded.GetUnicode(name);
                return true;
            }
            catch (ArgumentException)
            {
                return false; // then the framework does not decode it, either
            }
        }

        // Not frozen: what freezes it would be compiled at the start, and lookups gain nothing that a handshake would show.
        private static Dictionary<string, TlsIdentity?>.AlternateLookup<ReadOnlySpan<char>> ForLookup(
            IEnumerable<KeyValuePair<string, TlsIdentity?>> pairs) =>
            new Dictionary<string, TlsIdentity?>(pairs, StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
