namespace MatrixEdge.Protocol;

/// <summary>
/// How long an operation may stay silent while it is still well. <see cref="TimeLimits"/> puts figures to it.
/// </summary>
internal enum Patience
{
    /// <summary>The homeserver answers from what it has, or asks other servers for as long as one request takes.</summary>
    Ordinary,

    /// <summary>
    /// The client asked for the answer to be held back until there is news: <c>GET /sync</c> (client-server §Syncing),
    /// sliding sync (MSC4186), <c>GET /events</c>.
    /// </summary>
    LongPoll,

    /// <summary>
    /// The answer waits for other servers or for the state of a large room, for minutes: joining, knocking, inviting,
    /// leaving (a remote invitation is declined through <c>make_leave</c>), creating a room with guests, upgrading,
    /// initialSync; members and state, which wait until a fast join has fetched the rest of the room; messages and context, which
    /// fetch missing history; hierarchy, summary and timestamp_to_event, which ask one server after another. Of the
    /// server-server API: the handshakes (server-server §Joining, Knocking, Inviting, Leaving) and all that computes
    /// the state of a room or walks its events.
    /// </summary>
    SlowRoom,

    /// <summary>
    /// Uploads, downloads, thumbnails, previews (client-server §Content repository, server-server §Content Repository):
    /// may take as long as they like while bytes flow.
    /// </summary>
    Media,
}
