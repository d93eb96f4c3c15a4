using System.Collections.Immutable;
using System.Net;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>
/// Section <c>Limits</c>: how much one client may ask for, and how much at once may reach a homeserver. <c>"Requests": 0</c>
/// switches a limit off. Each client address has an allowance of its own per group: a single IPv4 address, or a /64
/// of IPv6, which is what one household gets and what one machine can use as it likes.
/// </summary>
/// <remarks>
/// <para>
/// These limits shed floods before they cost the homeserver anything; whoever guesses passwords slowly meets the homeserver's
/// own, finer limits, which go on counting. So the defaults lie well above Synapse's (synapse/config/ratelimiting.py, version
/// 1.160) and leave room for an office behind one address.
/// </para>
/// <list type="bullet">
/// <item>
/// <c>Login</c>, 30 in a minute: thirty people log in again at once after an outage, and one more every two seconds. A flood
/// is hundreds in a second. Synapse: 5 at once per address, then one in five and a half minutes.
/// </item>
/// <item>
/// <c>Register</c> and <c>PasswordReset</c>, 60 in a minute: registering takes three or four requests, and while somebody looks for
/// the confirmation in their mail, Element asks again every two seconds, which makes 30 a minute for each of them. Synapse counts
/// only the registration that succeeds: 3 at once per address, then one in six seconds.
/// </item>
/// <item>
/// <c>ThirdPartyIds</c>, 10 in a minute: each sends a mail or a message, which somebody reads or pays for. Synapse: 5 at once
/// per address, then one in five and a half minutes.
/// </item>
/// <item>
/// <c>KeyClaims</c>, 300 in a minute: a client claims keys in batches when it first writes into an encrypted room, bots and
/// bridges for many rooms at once. Synapse has no limit here.
/// </item>
/// <item>
/// <c>Federation</c>, off: what a busy server sends is what rooms with its users are made of. Whoever switches it on should
/// know that the origin is what a header claims. The signature is the homeserver's to check, so that anybody can use up
/// the allowance of another server in its name.
/// </item>
/// </list>
/// </remarks>
/// <param name="Federation">Counted per origin of the X-Matrix header, whatever the address.</param>
/// <param name="Exempt">Networks that are never limited in any way: bridges, bots, monitoring.</param>
internal sealed record LimitSettings(
    RateLimit Login, RateLimit Register, RateLimit PasswordReset, RateLimit KeyClaims, RateLimit ThirdPartyIds, RateLimit Federation,
    ConcurrencySettings Concurrency, ImmutableArray<IPNetwork> Exempt)
{
    public static readonly LimitSettings Default = new(
        PerMinute(30), PerMinute(60), PerMinute(60), PerMinute(300), PerMinute(10), PerMinute(0), ConcurrencySettings.Default, []);

    public static LimitSettings Parse(SettingsSection section)
    {
        var settings = new LimitSettings(
            RateLimit.Parse(section.Section("Login"), Default.Login),
            RateLimit.Parse(section.Section("Register"), Default.Register),
            RateLimit.Parse(section.Section("PasswordReset"), Default.PasswordReset),
            RateLimit.Parse(section.Section("KeyClaims"), Default.KeyClaims),
            RateLimit.Parse(section.Section("ThirdPartyIds"), Default.ThirdPartyIds),
            RateLimit.Parse(section.Section("Federation"), Default.Federation),
            ConcurrencySettings.Parse(section.Section("Concurrency")),
            NetworkList.Parse(section, "Exempt"));
        section.RejectUnknownKeys();
        return settings;
    }

    /// <summary>What each client may do of this group.</summary>
    public RateLimit Of(LimitGroup group) => group switch
    {
        LimitGroup.Login => Login,
        LimitGroup.Register => Register,
        LimitGroup.PasswordReset => PasswordReset,
        LimitGroup.KeyClaims => KeyClaims,
        LimitGroup.ThirdPartyIds => ThirdPartyIds,
        LimitGroup.Federation => Federation,
        _ => default,
    };

    /// <summary>What is limited, for an operator to read.</summary>
    public string Words =>
        $"Login {Login}, Register {Register}, PasswordReset {PasswordReset}, KeyClaims {KeyClaims}, ThirdPartyIds {ThirdPartyIds}, Federation {Federation}; "
        + Concurrency.Words + (Exempt.IsEmpty ? "" : $"; not for {string.Join(", ", Exempt)}");

    private static RateLimit PerMinute(int requests) => new(requests, TimeSpan.FromMinutes(1));
}
