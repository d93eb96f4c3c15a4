using System.Net;

namespace MatrixEdge.Listening.Transport;

/// <summary>An end point whose connections belong to event loops. The address alone does not tell: the system may be asked to choose several ports of one.</summary>
internal sealed class LoopEndPoint(IPEndPoint endPoint) : IPEndPoint(endPoint.Address, endPoint.Port);
