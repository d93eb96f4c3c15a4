using System.Globalization;
using MatrixEdge.Configuration;
using MatrixEdge.Protocol;

namespace MatrixEdge.Beginning;

/// <summary>
/// Asks for what a draft does not know yet. Each answer is tried in the configuration that it would become part of, so what is
/// taken here is taken by the gateway, and refused with the same words.
/// </summary>
internal sealed class Questions(Interview interview, string outputPath)
{
    private const string Site = "MatrixEdge:Sites:0:";
    private const string NoEmail = "none";

    private static readonly string[] Kinds = Enum.GetNames<HomeserverKind>().Except([nameof(HomeserverKind.Custom)]).ToArray();

    /// <summary>The draft with the answers; what nobody answered stays null.</summary>
    /// <exception cref="InterviewEndedException">The answers ended too early, or one that was piped is wrong.</exception>
    public Draft Complete(Draft draft)
    {
        draft = AskServerName(draft);
        draft = AskPublicHost(draft);
        draft = AskHomeserver(draft);
        draft = AskDelegation(draft);
        return AskAuthority(draft);
    }

    private Draft AskServerName(Draft draft)
    {
        if (draft.ServerName is not null)
            return draft;

        Draft With(string answer) => draft with { ServerName = new Known<string>(answer) };
        return interview.Ask("Server name, what stands behind the colon in @user:example.com", null, answer => Try(With(answer), Site + "ServerName")) is { } name
            ? With(name)
            : draft;
    }

    private Draft AskPublicHost(Draft draft)
    {
        if (draft.PublicHost is not null || draft.ServerName is null)
            return draft;

        Draft With(string answer) => draft with { PublicHost = new Known<string>(answer) };
        var name = Parse(draft.ServerName.Value);
        var preset = name.IsIpLiteral || name.Host.StartsWith("matrix.", StringComparison.OrdinalIgnoreCase) || draft.ServesApex is not null ? name.Host : $"matrix.{name.Host}";
        return interview.Ask("Public host, where clients and other servers reach the homeserver", preset, answer => Try(With(answer), Site + "PublicHost")) is { } host
            ? With(host)
            : draft;
    }

    private Draft AskHomeserver(Draft draft)
    {
        if (draft.Kind is null)
        {
            var kind = interview.Ask($"Homeserver, one of {string.Join(", ", Kinds)}", nameof(HomeserverKind.Auto), answer => FindKind(answer) is null
                ? Spelling.Nearest(answer, Kinds) is { } nearest ? $"did you mean {nearest}?" : "give one of these names"
                : null);
            if (kind is not null)
                draft = draft with { Kind = new Known<HomeserverKind>(FindKind(kind)!.Value) };
        }

        if (draft.Address is not null)
            return draft;

        Draft With(string answer) => draft with { Address = new Known<string>(answer) };
        return interview.Ask(
            "Address of the homeserver's listener for clients and federation", DraftFile.UsualAddress(draft.Kind?.Value),
            answer => Try(With(answer), Site + "Homeserver:Address")) is { } address
            ? With(address)
            : draft;
    }

    private Draft AskDelegation(Draft draft)
    {
        if (draft.ServerName is null || draft.PublicHost is null)
            return draft;

        if (draft.ServesApex is null && !DraftFile.IsReachedAtItsName(draft)
            && interview.AskYesOrNo($"Does {Parse(draft.ServerName.Value).Host} itself lead to this gateway, too (no: another web server answers for it)", preset: true) is { } servesApex)
        {
            draft = draft with { ServesApex = new Known<bool>(servesApex) };
        }

        if (draft.FederationPort is null
            && interview.Ask("Port to announce to other servers, 8448, or 443 where 8448 is closed on the way", "8448", answer => answer is "8448" or "443" ? null : "give 8448 or 443") is { } port)
        {
            draft = draft with { FederationPort = new Known<int>(int.Parse(port, CultureInfo.InvariantCulture)) };
        }

        return draft;
    }

    private Draft AskAuthority(Draft draft)
    {
        if (interview.AskYesOrNo("Certificates come from Let's Encrypt: do you accept its terms of service, https://letsencrypt.org/repository/", preset: false) is not { } accepts)
            return draft;

        draft = draft with { AcceptsTerms = new Known<bool>(accepts) };
        if (!accepts)
            return draft;

        Draft With(string answer) => draft with { EmailAddress = answer == NoEmail ? new Known<string>("") : draft.EmailAddress is { } read && read.Value == answer ? read : new Known<string>(answer) };
        return interview.Ask($"E-mail address that the authority may write to, or \"{NoEmail}\"", draft.EmailAddress?.Value ?? NoEmail, answer => Try(With(answer), "MatrixEdge:Certificate:EmailAddress")) is { } email
            ? With(email)
            : draft;
    }

    private string? Try(Draft draft, string key)
    {
        var whole = draft with
        {
            ServerName = draft.ServerName ?? new Known<string>("example.org"),
            AcceptsTerms = new Known<bool>(true),
        };
        return DraftFile.Check(DraftFile.Write(whole), outputPath).Found.FirstOrDefault(problem => problem.Key.StartsWith(key, StringComparison.Ordinal))?.Remedy;
    }

    private static ServerName Parse(string text) =>
        ServerName.TryParse(text, out var name, out var problem) ? name : throw new InvalidOperationException($"A server name was taken that is none: {problem}");

    private static HomeserverKind? FindKind(string answer) =>
        Kinds.FirstOrDefault(kind => kind.Equals(answer, StringComparison.OrdinalIgnoreCase)) is { } kind ? Enum.Parse<HomeserverKind>(kind) : null;
}
