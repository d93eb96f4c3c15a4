using System.Runtime.InteropServices;

namespace MatrixEdge.Benchmarks.Processes;

/// <summary><c>struct pollfd</c> (poll(2)); a negative descriptor is looked over.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int Descriptor;
    public short Awaited;
    public short Found;
}
