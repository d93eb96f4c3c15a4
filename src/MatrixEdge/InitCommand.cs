using MatrixEdge.Beginning;

namespace MatrixEdge;

/// <summary><c>matrixedge init</c>: writes a first configuration. Exit code 0 when it is written, else 2, and nothing is.</summary>
internal static class InitCommand
{
    public static int Run(string? configFile, string[] from, string path, bool mayReplace)
    {
        if (configFile is not null)
        {
            Console.Error.WriteLine("init reads no configuration; the file to write is named by --out");
            return Commands.BadUse;
        }

        // Ctrl+C ends the program where it stands: nothing is written before all is known.
        var beginning = new NewConfiguration(Console.In, Console.Out, Console.Error, isTerminal: !Console.IsInputRedirected);
        return beginning.Write(from, path, mayReplace) ? Commands.Well : Commands.BadUse;
    }
}
