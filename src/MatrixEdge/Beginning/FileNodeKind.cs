namespace MatrixEdge.Beginning;

/// <summary>What a value in a homeserver's configuration file is.</summary>
internal enum FileNodeKind
{
    Table,
    List,
    Text,
    Integer,
    Number,
    Flag,

    /// <summary>A date or a time, or both (TOML alone).</summary>
    Time,

    /// <summary>YAML's null.</summary>
    Nothing,
}
