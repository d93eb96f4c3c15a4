namespace MatrixEdge.Doctor.Looking;

/// <summary>How far a look came before it failed.</summary>
internal enum LookFault
{
    /// <summary>Nobody listens there.</summary>
    Refused,

    /// <summary>Nobody said anything when a connection was asked for.</summary>
    ConnectTimedOut,

    /// <summary>There is no way there.</summary>
    Unreachable,

    /// <summary>The address is not one to be asked, see <see cref="Looker"/>.</summary>
    Forbidden,

    /// <summary>Something listens that does not speak TLS, or will not for this name.</summary>
    Tls,

    /// <summary>The connection stands, and nothing comes.</summary>
    AnswerTimedOut,

    /// <summary>The connection was closed or reset before the answer.</summary>
    Closed,

    /// <summary>The answer is no HTTP.</summary>
    BadAnswer,
}
