namespace MatrixEdge.Configuration;

/// <summary>Collects everything there is to say about a configuration, so that it can be said at once.</summary>
internal sealed class Problems
{
    private readonly List<Problem> _found = [];
    private readonly List<string> _notes = [];

    /// <summary>What keeps the gateway from starting, in the order of finding.</summary>
    public IReadOnlyList<Problem> Found => _found;

    /// <summary>What the operator should know and may leave as it is.</summary>
    public IReadOnlyList<string> Notes => _notes;

    public bool Any => _found.Count > 0;

    public void Add(string key, string? value, string remedy) => _found.Add(new Problem(key, value, remedy));

    public void Note(string text) => _notes.Add(text);
}
