namespace MatrixEdge.Delegation;

/// <summary>Why an answer is not the document that was asked for, in the order in which it is found.</summary>
internal enum DocumentFault
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>404: there is none.</summary>
    NotFound,

    /// <summary>Another status than 200.</summary>
    Status,

    /// <summary>More than other servers read.</summary>
    TooLong,

    Empty,

    /// <summary>A page for people.</summary>
    Html,

    NotJson,

    /// <summary>JSON, but no object.</summary>
    NotObject,

    /// <summary>The document for clients where that for servers was asked for, or the other way round.</summary>
    OtherDocument,

    /// <summary>What must be there is missing.</summary>
    Missing,

    /// <summary>A value of the wrong type.</summary>
    WrongType,

    /// <summary>A value of the right type that cannot be used.</summary>
    BadValue,
}
