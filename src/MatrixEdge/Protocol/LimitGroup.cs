namespace MatrixEdge.Protocol;

/// <summary>
/// What is counted together, because a flood of it is meant for the same thing. <c>MatrixEdge:Limits</c> has a section of the same
/// name for each but <see cref="None"/>.
/// </summary>
internal enum LimitGroup
{
    /// <summary>Counted by nobody.</summary>
    None,

    /// <summary>
    /// <c>POST /login</c>: guesses passwords, and each guess costs the homeserver a deliberately slow hash. Not <c>GET /login</c>, which
    /// merely lists the ways to log in.
    /// </summary>
    Login,

    /// <summary>
    /// <c>POST /register</c>, and whether a registration token is valid, which guesses tokens. Not
    /// <c>/register/available</c>, which clients ask while somebody is typing a name.
    /// </summary>
    Register,

    /// <summary><c>POST /account/password</c> and the mails and messages that go before it.</summary>
    PasswordReset,

    /// <summary><c>POST /keys/claim</c>: each claim uses up a one-time key of somebody else's device.</summary>
    KeyClaims,

    /// <summary>What sends a mail or a message to whatever address is asked for: <c>…/requestToken</c>.</summary>
    ThirdPartyIds,

    /// <summary>What other servers sign, per server; no operation belongs to it by itself.</summary>
    Federation,

    /// <summary>What is under way at a homeserver at the same time; no operation belongs to it by itself.</summary>
    Concurrency,
}
