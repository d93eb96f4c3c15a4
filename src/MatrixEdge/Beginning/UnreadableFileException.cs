namespace MatrixEdge.Beginning;

/// <summary>
/// A homeserver's configuration cannot be taken over. The message is one line for the operator, and quotes no value: there are
/// secrets in these files.
/// </summary>
internal sealed class UnreadableFileException(string message) : Exception(message)
{
    public UnreadableFileException(FilePlace place, string problem)
        : this($"{place}: {problem}")
    {
    }

    public UnreadableFileException(string file, int line, int column, string problem)
        : this($"{file}, line {line}, column {column}: {problem}")
    {
    }
}
