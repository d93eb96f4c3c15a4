namespace MatrixEdge.Exporting;

/// <summary>
/// What another host needs that answers for the apex: the well-known documents as constants, so that they stand also while the
/// gateway does not, with the answers around them that clients and other servers expect. Taken from what the gateway itself
/// answers (Delegation), for the programs that hosts have. It never contacts the other host.
/// </summary>
internal static class WellKnownExport
{
    /// <summary>The files to put there.</summary>
    /// <exception cref="ExportException">The target has no way to say a document as it is.</exception>
    public static IReadOnlyList<ExportedFile> For(ExportTarget target, ExportedAnswers answers) => target switch
    {
        ExportTarget.CloudflareWorker => [CloudflareWorker.Write(answers)],
        ExportTarget.Caddy => [CaddySnippet.Write(answers)],
        ExportTarget.Nginx => [NginxSnippet.Write(answers)],
        _ => StaticFiles.Write(answers),
    };

    /// <summary>Writes them below a directory, which is made. What is there already with the same content is left alone.</summary>
    /// <returns>The paths of those that were written.</returns>
    /// <exception cref="ExportException">A file is there with another content, and nothing was written; or it cannot be written.</exception>
    public static IReadOnlyList<string> Save(IEnumerable<ExportedFile> files, string directory, bool mayReplace)
    {
        try
        {
            var changed = files.Select(file => (Path: Path.Combine(directory, file.Name), file.Content))
                .Where(file => !File.Exists(file.Path) || File.ReadAllText(file.Path) != file.Content).ToList();
            if (!mayReplace && changed.FirstOrDefault(file => Path.Exists(file.Path)).Path is { } present)
                throw new ExportException($"{present} is there already and says something else; name another directory with --out, or --force to replace it");

            foreach (var (path, content) in changed)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                var making = $"{path}.{Path.GetRandomFileName()}";
                try
                {
                    File.WriteAllText(making, content);
                    File.Move(making, path, overwrite: true);
                }
                finally
                {
                    File.Delete(making);
                }
            }

            return [.. changed.Select(file => file.Path)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ExportException($"{directory} cannot be written: {exception.Message}");
        }
    }
}
