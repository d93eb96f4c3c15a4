using MatrixEdge.Configuration;

namespace MatrixEdge.Beginning;

/// <summary>
/// How an operator comes to a first <c>appsettings.json</c>: from the homeserver's own configuration as far as it says, else by
/// questions. What is written is what the gateway accepts, since it is asked before; nothing is written until all is known, and
/// no file is overwritten unless that was wished. Relies on the checks of Configuration. It never contacts anybody, changes
/// nothing of the homeserver's, and repeats nothing that is secret in it.
/// </summary>
/// <param name="answers">Where answers come from.</param>
/// <param name="isTerminal">Whether that is a person at a terminal.</param>
internal sealed class NewConfiguration(TextReader answers, TextWriter output, TextWriter errors, bool isTerminal)
{
    /// <summary>Whether a file was written; if not, why is told.</summary>
    /// <param name="from">Files or directories of the homeserver's configuration; none to ask for everything.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="mayReplace">Whether a file that is there already is to be replaced.</param>
    public bool Write(IReadOnlyList<string> from, string path, bool mayReplace)
    {
        if (FindObstacle(path, mayReplace) is { } obstacle)
            return Refuse(obstacle);

        var findings = new Findings();
        var draft = from.Count == 0 ? new Draft() : HomeserverFiles.Read(from, findings);
        if (findings.Problems.Count > 0)
            return Refuse([.. findings.Problems]);

        foreach (var line in draft.Taken())
            output.WriteLine(line);
        try
        {
            draft = new Questions(new Interview(answers, output, isTerminal, mayStaySilent: from.Count > 0), path).Complete(draft);
        }
        catch (InterviewEndedException exception)
        {
            return Refuse($"Nothing was written: {exception.Message}");
        }

        if (draft.ServerName is null)
            return Refuse($"{string.Join(", ", from)}: there is no server name here, and nobody to ask for it");

        var text = DraftFile.Write(draft);
        var problems = DraftFile.Check(text, path);
        if (problems.Any)
            return Refuse([.. problems.Found.Select(problem => problem.ToString())]);

        try
        {
            Save(path, text, mayReplace);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Refuse($"{path} cannot be written: {exception.Message}");
        }

        foreach (var note in findings.Notes.Concat(OpenEnds(draft)).Concat(problems.Notes))
            output.WriteLine($"Note: {note}");
        output.WriteLine($"Wrote {path}. The gateway's user must be able to read it. What would be served: matrixedge check --config {path}");
        return true;
    }

    // What the operator has to look at in the file.
    private static IEnumerable<string> OpenEnds(Draft draft)
    {
        var name = draft.ServerName!.Value;
        if (draft.PublicHost is null)
            yield return $"the public host is not known, so it is {name} itself; write PublicHost where it is another";
        if (draft.Kind is null)
            yield return "which homeserver this is, is not known; Homeserver:Kind is Auto, and lets the paths of all kinds through";
        if (draft.Address is null)
            yield return $"the homeserver is expected at {DraftFile.UsualAddress(draft.Kind?.Value)}; change Homeserver:Address where that is wrong";
        if (draft.ServesApex is null && !(draft.PublicHost is not null && DraftFile.IsReachedAtItsName(draft)))
            yield return $"this gateway is to answer for {name} itself, too; switch the line with ServesApex on where another host does";
        if (draft.ServesApex is { Value: false })
            yield return $"another host answers for {name}: what it needs is written by matrixedge export well-known";
        if (draft.FederationPort is null)
            yield return $"port 8448 is announced to other servers; compare it with what they know: curl https://{name}/.well-known/matrix/server";
        if (draft.AuthenticationAddress is not null)
            yield return "signing in goes to the Matrix Authentication Service; where its own host is to lead here as well, switch on AuthenticationService:Host";
        if (draft.CallTransports is not null && draft.Client?.Value.ContainsKey("org.matrix.msc4143.rtc_foci") != true)
            yield return "some clients look for calls in the client document: switch on Calls, to let them go by this gateway, or else the line with rtc_foci";
        if (draft.AcceptsTerms is not { Value: true })
            yield return "the terms of service of Let's Encrypt are not accepted: the certificate is one for trying out, until you switch on the lines below Certificate";
    }

    private static string? FindObstacle(string path, bool mayReplace)
    {
        if (path.Length == 0)
            return "--out needs the name of a file, for example appsettings.json";
        if (Directory.Exists(path))
            return $"{path} is a directory; name a file in it, for example {Path.Combine(path, "appsettings.json")}";
        if (!mayReplace && Path.Exists(path))
            return $"{path} is there already; give another name with --out, or --force to replace it";
        return Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && Directory.Exists(folder) ? null : $"there is no directory for {path}; make it first";
    }

    // Whole or not at all: the gateway may be watching this very file.
    private static void Save(string path, string text, bool mayReplace)
    {
        var making = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                // Nothing secret is in it yet, but keys of accounts may be added.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
            }

            using (var file = new StreamWriter(making, options))
            {
                file.Write(text);
                file.Flush();
                ((FileStream)file.BaseStream).Flush(flushToDisk: true);
            }

            File.Move(making, path, overwrite: mayReplace);
        }
        catch
        {
            File.Delete(making);
            throw;
        }
    }

    private bool Refuse(params string[] lines)
    {
        foreach (var line in lines)
            errors.WriteLine(line);
        return false;
    }
}
