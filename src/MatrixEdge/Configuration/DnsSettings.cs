using System.Collections.Immutable;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MatrixEdge.Dns;

namespace MatrixEdge.Configuration;

/// <summary>How records for dns-01 (RFC 8555 §8.4) are published, and how it is seen that they are.</summary>
/// <param name="Hook">A program of the operator's; null if <paramref name="Update"/> is given.</param>
/// <param name="Update">A name server that takes dynamic updates; null if <paramref name="Hook"/> is given.</param>
/// <param name="Resolvers">Whom to ask about names; empty: whom the system asks.</param>
/// <param name="PropagationTimeout">How long to wait until all name servers show a record; zero: not at all.</param>
internal sealed partial record DnsSettings(
    DnsHookSettings? Hook, DnsUpdateSettings? Update, ImmutableArray<IPEndPoint> Resolvers, TimeSpan PropagationTimeout)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly string[] HookKeys = ["Environment", "HookTimeout"];
    private static readonly string[] UpdateKeys = ["Zone", "KeyName", "KeyAlgorithm", "KeySecret", "KeySecretFile", "TimeToLive"];

    /// <summary>Null when the section is not there, or nothing can be understood in it (told). Secrets never stand in a problem.</summary>
    /// <param name="folder">Where relative paths start.</param>
    public static DnsSettings? Parse(SettingsSection section, string folder)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var isHook = section.Raw("Hook") is not null;
        var isUpdate = section.Raw("Server") is not null;
        var settings = new DnsSettings(
            isHook ? ParseHook(section, folder) : null,
            isUpdate ? ParseUpdate(section, folder) : null,
            ParseResolvers(section),
            ParseTime(section, "PropagationTimeout", TimeSpan.FromMinutes(2), TimeSpan.Zero, Longest));

        if (isHook == isUpdate)
            section.Problems.Add(section.Path, null, isHook ? "Hook and Server exclude each other; keep the one that publishes the records" : "say how records are published: by a program in Hook, or by dynamic updates to the name server in Server");
        else
            NoteUnused(section, isHook ? UpdateKeys : HookKeys, isHook ? "Hook" : "Server");
        section.RejectUnknownKeys(showValues: false);

        return settings;
    }

    public bool Equals(DnsSettings? other) =>
        other is not null && Hook == other.Hook && Update == other.Update && PropagationTimeout == other.PropagationTimeout && Resolvers.SequenceEqual(other.Resolvers);

    public override int GetHashCode() => HashCode.Combine(Hook, Update, PropagationTimeout, Resolvers.Length);

    private static DnsHookSettings? ParseHook(SettingsSection section, string folder)
    {
        var command = HookCommand.Parse(section, "Hook", folder, "/usr/local/bin/dns-hook");
        return command.IsDefault
            ? null
            : new DnsHookSettings(command, ParseEnvironment(section), ParseTime(section, "HookTimeout", TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(1), Longest));
    }

    private static ImmutableSortedDictionary<string, string> ParseEnvironment(SettingsSection section)
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        switch (section.Raw("Environment"))
        {
            case null:
                break;
            case JsonObject variables:
                foreach (var (name, value) in variables)
                {
                    if (name.Length == 0 || name.AsSpan().ContainsAny('=', '\0'))
                        section.Problems.Add($"{section.Key("Environment")}:{name}", null, "the name of an environment variable has at least one character, and no \"=\" or NUL");
                    else if (value is JsonValue text && text.TryGetValue<string>(out var content) && !content.Contains('\0', StringComparison.Ordinal))
                        environment[name] = content;
                    else
                        section.Problems.Add($"{section.Key("Environment")}:{name}", null, "must be a string in quotation marks, without NUL");
                }

                break;
            default:
                section.Problems.Add(section.Key("Environment"), null, "must be an object, { \"NAME\": \"value\" }");
                break;
        }

        return environment.ToImmutable();
    }

    private static DnsUpdateSettings? ParseUpdate(SettingsSection section, string folder)
    {
        var server = ParseServer(section);
        var zone = ParseName(section, "Zone", "the zone that the server holds, for example \"example.org\"");
        var keyName = ParseName(section, "KeyName", "the name of the key as the server knows it, for example \"matrixedge\"");
        if (keyName is null && section.Raw("KeyName") is null)
            section.Problems.Add(section.Key("KeyName"), null, "updates need a key that the server knows; make one with: tsig-keygen -a hmac-sha256 matrixedge");

        var algorithm = ParseAlgorithm(section);
        var secret = ParseSecret(section, folder);
        var timeToLive = ParseTime(section, "TimeToLive", TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        return server is { } there && keyName is not null && algorithm is { } known && !secret.IsDefault
            ? new DnsUpdateSettings(there.Host, there.Port, zone, new TsigKey(keyName, known, secret), timeToLive)
            : null;
    }

    private static (string Host, int Port)? ParseServer(SettingsSection section)
    {
        var text = section.Text("Server");
        if (text is null)
            return null;

        if (DnsAddress.TryParse(text, out var address))
            return (address.Address.ToString(), address.Port);

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var port = DnsAddress.Port;
        var host = colon < 0 ? text : text[..colon];
        if ((colon < 0 || DnsAddress.TryParsePort(text.AsSpan(colon + 1), out port)) && HostName().IsMatch(host) && DnsName.TryParse(host, out _))
            return (host, port);

        section.Report("Server", "must be the address or name of a name server, with a port if it is not 53: \"192.0.2.53\", \"[2001:db8::53]:5353\", \"ns1.example.org\"");
        return null;
    }

    private static DnsName? ParseName(SettingsSection section, string key, string what)
    {
        var text = section.Text(key);
        if (text is null)
            return null;

        if (DnsName.TryParse(text, out var name) && !name.IsRoot)
            return name;

        section.Report(key, $"must be {what}");
        return null;
    }

    private static TsigAlgorithm? ParseAlgorithm(SettingsSection section)
    {
        var text = section.Text("KeyAlgorithm") ?? (section.Raw("KeyAlgorithm") is null ? TsigKey.NameOf(TsigAlgorithm.HmacSha256) : null);
        if (text is null)
            return null;

        foreach (var algorithm in Enum.GetValues<TsigAlgorithm>())
        {
            if (string.Equals(TsigKey.NameOf(algorithm), text.TrimEnd('.'), StringComparison.OrdinalIgnoreCase))
                return algorithm;
        }

        section.Report("KeyAlgorithm", $"must be one of {string.Join(", ", Enum.GetValues<TsigAlgorithm>().Select(TsigKey.NameOf))}; make a key with: tsig-keygen -a hmac-sha256 matrixedge");
        return null;
    }

    // default: there is none that can be used, which is told.
    private static ImmutableArray<byte> ParseSecret(SettingsSection section, string folder)
    {
        const string What = "the secret in base64, as the server has it";
        var hasSecret = section.Raw("KeySecret") is not null;
        var hasFile = section.Raw("KeySecretFile") is not null;
        if (hasSecret == hasFile)
        {
            section.Problems.Add(section.Key("KeySecret"), null, hasSecret ? "KeySecretFile is given, too; keep one of the two" : $"give {What}, here or in the file that KeySecretFile names");
            return default;
        }

        if (hasSecret)
        {
            if (section.Raw("KeySecret") is JsonValue value && value.TryGetValue<string>(out var text) && TryDecode(text, out var secret))
                return secret;
            section.Problems.Add(section.Key("KeySecret"), null, $"must be {What}");
            return default;
        }

        if (section.FilePath("KeySecretFile", folder) is not { } path)
        {
            if (section.Text("KeySecretFile") is "")
                section.Report("KeySecretFile", $"name the file that holds {What}");
            return default;
        }

        return ReadSecret(section, path, What);
    }

    private static ImmutableArray<byte> ReadSecret(SettingsSection section, string path, string what)
    {
        const int Longest = 64 * 1024;
        string text;
        try
        {
            using var reader = new StreamReader(path);
            var buffer = new char[Longest];
            text = new string(buffer, 0, reader.ReadBlock(buffer));
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.OtherRead) != 0)
                section.Problems.Note($"{section.Key("KeySecretFile")}: every user of this host can read {path}, and with it change the zone; run: chmod o-rwx {path}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            section.Report("KeySecretFile", exception is FileNotFoundException or DirectoryNotFoundException
                ? $"there is no file {path}"
                : Directory.Exists(path) ? $"{path} is a directory" : $"the user {Environment.UserName} may not read {path}, or not look into its folder");
            return default;
        }

        // What tsig-keygen writes and BIND includes can be used as it is.
        var inKeyFile = KeyFileSecret().Match(text);
        if (TryDecode(inKeyFile.Success ? inKeyFile.Groups["secret"].Value : text, out var secret))
            return secret;

        section.Report("KeySecretFile", $"the file must hold {what}, alone or as tsig-keygen writes it");
        return default;
    }

    private static bool TryDecode(string text, out ImmutableArray<byte> secret)
    {
        var octets = new byte[text.Length];
        var isBase64 = Convert.TryFromBase64String(text.Trim(), octets, out var length) && length > 0;
        secret = isBase64 ? [.. octets.AsSpan(0, length)] : default;
        return isBase64;
    }

    /// <summary>The list <c>Resolvers</c>; empty when it is not there.</summary>
    public static ImmutableArray<IPEndPoint> ParseResolvers(SettingsSection section)
    {
        var resolvers = ImmutableArray.CreateBuilder<IPEndPoint>();
        foreach (var (key, item) in section.List("Resolvers"))
        {
            if (item is JsonValue value && value.TryGetValue<string>(out var text) && DnsAddress.TryParse(text, out var resolver))
                resolvers.Add(resolver);
            else
                section.Problems.Add(key, SettingsSection.Show(item), "must be the address of a resolver, with a port if it is not 53: \"192.0.2.53\", \"127.0.0.1:5353\", \"[2001:db8::53]:5353\"");
        }

        return resolvers.DrainToImmutable();
    }

    private static TimeSpan ParseTime(SettingsSection section, string key, TimeSpan absent, TimeSpan least, TimeSpan most)
    {
        if (section.Duration(key) is not { } duration)
            return absent;

        if (duration >= least && duration <= most)
            return duration;

        section.Report(key, $"must be a length of time from \"{least:c}\" to \"{most:c}\"");
        return absent;
    }

    private static void NoteUnused(SettingsSection section, string[] keys, string because)
    {
        var unused = keys.Where(key => section.Raw(key) is not null).ToList();
        if (unused.Count > 0)
            section.Problems.Note($"{section.Path}: {string.Join(", ", unused)} {(unused.Count == 1 ? "has" : "have")} no effect with {because}");
    }

    [GeneratedRegex(@"\A[0-9A-Za-z_](?:[0-9A-Za-z_.-]*[0-9A-Za-z_.])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();

    [GeneratedRegex("""\bsecret\s+"?(?<secret>[0-9A-Za-z+/=]+)"?\s*;""", RegexOptions.CultureInvariant)]
    private static partial Regex KeyFileSecret();
}

/// <summary>A program that publishes records.</summary>
/// <param name="Command">The program, absolute, and its first arguments; the action, the name and the value follow.</param>
/// <param name="Environment">Variables beside those of the gateway itself; secrets among them.</param>
/// <param name="Timeout">How long it may take; from one second to one hour.</param>
internal sealed record DnsHookSettings(
    ImmutableArray<string> Command, ImmutableSortedDictionary<string, string> Environment, TimeSpan Timeout)
{
    public bool Equals(DnsHookSettings? other) =>
        other is not null && Timeout == other.Timeout && Command.SequenceEqual(other.Command) && Environment.SequenceEqual(other.Environment);

    public override int GetHashCode() => HashCode.Combine(Timeout, Command[0]);
}

/// <summary>A name server that takes dynamic updates (RFC 2136).</summary>
/// <param name="Host">An address, or a name that the system can resolve.</param>
/// <param name="Zone">Null: asked from the server.</param>
/// <param name="Key">What updates are signed with.</param>
/// <param name="TimeToLive">Of the records, from one second to one day.</param>
internal sealed record DnsUpdateSettings(string Host, int Port, DnsName? Zone, TsigKey Key, TimeSpan TimeToLive);
