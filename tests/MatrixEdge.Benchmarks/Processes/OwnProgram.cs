namespace MatrixEdge.Benchmarks.Processes;

/// <summary>This program once more, with another command: what makes load has a process of its own.</summary>
internal static class OwnProgram
{
    public static CommandLine Command(params string[] arguments)
    {
        // Under `dotnet PROGRAM.dll` the process is dotnet itself.
        var program = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? new CommandLine(program, [typeof(OwnProgram).Assembly.Location, .. arguments])
            : new CommandLine(program, arguments);
    }
}
