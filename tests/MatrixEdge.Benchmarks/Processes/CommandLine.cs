namespace MatrixEdge.Benchmarks.Processes;

/// <summary>A program, its arguments, and what its environment has beside this one's.</summary>
internal sealed record CommandLine(string File, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string?> Environment)
{
    public CommandLine(string file, params string[] arguments)
        : this(file, arguments, new Dictionary<string, string?>())
    {
    }

    public CommandLine With(params string[] more) => this with { Arguments = [.. Arguments, .. more] };
}
