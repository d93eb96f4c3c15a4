namespace MatrixEdge.Dns;

/// <summary>What an answer's signature is worth.</summary>
internal enum TsigVerdict
{
    /// <summary>The server knows the key and said exactly this, now.</summary>
    Good,

    /// <summary>There is none: anybody may have sent it.</summary>
    Unsigned,

    /// <summary>Made with another key, or over something else.</summary>
    Wrong,

    /// <summary>Right, but made at a time too far from the clock here.</summary>
    OutOfTime,
}
