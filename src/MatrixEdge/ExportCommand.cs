using MatrixEdge.Configuration;
using MatrixEdge.Exporting;

namespace MatrixEdge;

/// <summary><c>matrixedge export</c>: writes what another host needs. Exit code 0 when it is written, else 2.</summary>
internal static class ExportCommand
{
    /// <summary>The words of <c>--for</c>, the default first.</summary>
    public static IReadOnlyList<string> Targets { get; } = ["files", "cloudflare-worker", "caddy", "nginx"];

    public static int WellKnown(string? configFile, string? siteName, string target, string directory, bool mayReplace)
    {
        var problems = new Problems();
        var source = ConfigurationSource.Open(configFile, ConfigurationEnvironment.OfProcess(), problems);
        var settings = source is null ? null : EdgeSettings.Parse(source.Document, problems);
        if (settings is null || problems.Any)
            return Refuse(problems.Found.Select(problem => problem.ToString()));

        var names = string.Join(", ", settings.Sites.Select(site => site.ServerName));
        var sites = siteName is null ? settings.Sites : [.. settings.Sites.Where(site => site.ServerName.ToString().Equals(siteName, StringComparison.OrdinalIgnoreCase))];
        if (sites.Length != 1)
            return Refuse([sites.Length == 0 ? $"--site is \"{siteName}\": there is no such site, only {names}" : $"--site: say which of these is meant, {names}"]);

        if (directory.Length == 0 || File.Exists(directory))
            return Refuse([$"--out is \"{directory}\": name a directory; it is made if need be"]);

        var site = sites[0];
        try
        {
            var files = WellKnownExport.For((ExportTarget)Targets.ToList().IndexOf(target), ExportedAnswers.Of(site));
            var written = WellKnownExport.Save(files, directory, mayReplace);
            foreach (var path in written)
                Console.WriteLine($"Wrote {path}");
            if (written.Count == 0)
                Console.WriteLine($"Nothing has changed in {directory}");
        }
        catch (ExportException exception)
        {
            return Refuse([exception.Message]);
        }

        if (site.ServesApex)
            Console.WriteLine($"Note: {site.Key}:ServesApex is true, so the gateway answers for {site.ServerName} itself; where another host does, write false, and the certificate leaves that name out");
        return Commands.Well;
    }

    private static int Refuse(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Console.Error.WriteLine(line);
        return Commands.BadUse;
    }
}
