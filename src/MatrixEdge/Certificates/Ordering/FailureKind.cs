namespace MatrixEdge.Certificates.Ordering;

/// <summary>Why no certificate came; each kind has a plan of its own (<see cref="RetrySchedule"/>).</summary>
internal enum FailureKind
{
    /// <summary>The authority could not be reached, or failed by itself: soon again.</summary>
    Unreachable,

    /// <summary>The authority named a time before which it does not want to be asked.</summary>
    RateLimited,

    /// <summary>A name could not be validated: mended by the operator, so again while they may be at it, and then rarely.</summary>
    Validation,

    /// <summary>The gateway found by itself that a name cannot be validated, and did not ask the authority.</summary>
    SelfCheck,

    /// <summary>The authority gave what cannot be used: another key, a missing name, a broken chain, garbage.</summary>
    BadAnswer,

    /// <summary>The store cannot keep a certificate: none is ordered that a restart would lose.</summary>
    Store,

    /// <summary>The authority will go on refusing until someone acts: rejected name, CAA, terms of service, account.</summary>
    NeedsOperator,
}
