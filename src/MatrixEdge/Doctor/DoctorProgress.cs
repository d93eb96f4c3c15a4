using MatrixEdge.Observability;

namespace MatrixEdge.Doctor;

/// <summary>One line on a terminal that says how far an examination has come; it is gone when that is done.</summary>
internal sealed class DoctorProgress(TextWriter terminal, string serverName) : IProgress<Finding>, IDisposable
{
    private readonly Lock gate = new();
    private readonly HashSet<string> waiting = [.. Checkup.All.Select(check => check.Id)];

    public void Report(Finding value)
    {
        lock (gate)
        {
            waiting.Remove(value.Id);
            var next = Checkup.All.FirstOrDefault(check => waiting.Contains(check.Id));
            terminal.Write($"\r\e[K{serverName}: {Checkup.All.Length - waiting.Count} of {Checkup.All.Length} looked at{(next is null ? "" : $", waiting for: {next.Title}")}");
        }
    }

    public void Dispose()
    {
        lock (gate)
            terminal.Write("\r\e[K");
    }
}
