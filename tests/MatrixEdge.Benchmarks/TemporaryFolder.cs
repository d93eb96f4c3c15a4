using System.Globalization;

namespace MatrixEdge.Benchmarks;

/// <summary>A folder of this run's own, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private int made;

    public string Path { get; } = Directory.CreateTempSubdirectory("matrixedge-benchmarks-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>A new folder in it; each call makes another one.</summary>
    public string Make(string name) =>
        Directory.CreateDirectory(File(string.Create(CultureInfo.InvariantCulture, $"{name}-{Interlocked.Increment(ref made)}"))).FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
