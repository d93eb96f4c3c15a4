using System.Diagnostics.CodeAnalysis;

[assembly: UnconditionalSuppressMessage(
    "Trimming", "IL2026", Scope = "member",
    Target = "M:MatrixEdge.Proxying.HomeserverProbe.GetAsync(MatrixEdge.Proxying.Homeserver,System.String,System.Threading.CancellationToken)",
    Justification = "It reads a JsonElement, whose members nobody looks up.")]
