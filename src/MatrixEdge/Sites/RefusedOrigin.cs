namespace MatrixEdge.Sites;

/// <summary>A server whose requests were not served.</summary>
/// <param name="Name">Who it says it is; nobody has found out whether that is true, unless it was believed at another time.</param>
/// <param name="IsKnown">Whether the homeserver has believed it since the start.</param>
/// <param name="Requests">How many were not served.</param>
/// <param name="InARow">How many since the last one that was.</param>
/// <param name="Last">When one was not served last.</param>
/// <param name="Latest">Why that one most likely was not.</param>
internal sealed record RefusedOrigin(string Name, bool IsKnown, long Requests, long InARow, DateTimeOffset Last, Refusal Latest);
