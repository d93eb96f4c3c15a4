using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Gathering;

/// <summary>A request to which nothing was to be answered for a while, as long polls are.</summary>
internal sealed record HoldLook(HttpLook Look, TimeSpan Length);
