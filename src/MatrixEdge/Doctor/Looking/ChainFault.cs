namespace MatrixEdge.Doctor.Looking;

/// <summary>Why a certificate is not trusted, whatever name it is for.</summary>
internal enum ChainFault
{
    None,

    Expired,

    NotYetValid,

    /// <summary>It signed itself.</summary>
    SelfSigned,

    /// <summary>The certificate of its issuer was not sent, and no root signed it.</summary>
    Incomplete,

    /// <summary>The chain ends in a root that is not trusted.</summary>
    UnknownAuthority,

    /// <summary>Not for servers, a weak signature, a broken constraint.</summary>
    Unusable,
}
