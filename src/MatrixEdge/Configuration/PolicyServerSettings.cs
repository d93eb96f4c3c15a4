using System.Text.Json.Nodes;

namespace MatrixEdge.Configuration;

/// <summary>A policy server of this name (Matrix server-server §Policy Servers).</summary>
/// <param name="Address">Where requests for <c>/_matrix/policy/</c> go; null: to the homeserver.</param>
/// <param name="PublicKey">Its ed25519 key, unpadded base64, for <c>/.well-known/matrix/policy_server</c>; null: there is no document.</param>
internal sealed record PolicyServerSettings(Uri? Address, string? PublicKey)
{
    private const int KeyLength = 32; // bytes, RFC 8032 §5.1.5

    public static PolicyServerSettings? Parse(SettingsSection section, ListenSettings listen)
    {
        if (section.IsAbsent || section.IsMalformed)
            return null;

        var address = section.Raw("Address") is null ? null : BackendAddress.Parse(section, "Address", "policy server", "http://127.0.0.1:8090", listen);
        var key = section.Text("PublicKey")?.TrimEnd('=');
        if (key is not null && !IsKey(key))
            section.Report("PublicKey", "must be the policy server's ed25519 public key, 43 characters of base64");
        if (section.Raw("Address") is null && section.Raw("PublicKey") is null)
            section.Problems.Add(section.Path, null, "give Address, where the policy server listens, PublicKey, the key that it signs with, or both");
        section.RejectUnknownKeys();
        return new PolicyServerSettings(address, key);
    }

    /// <summary><c>/.well-known/matrix/policy_server</c> (Matrix server-server §Policy Servers); null where there is no key.</summary>
    public JsonObject? Document() => PublicKey is null ? null : new JsonObject { ["public_keys"] = new JsonObject { ["ed25519"] = PublicKey } };

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[KeyLength + 1];
        return text.Length == 43 && Convert.TryFromBase64String(text + "=", bytes, out var length) && length == KeyLength;
    }
}
