namespace MatrixEdge.Website;

/// <summary>
/// What answers on a host when neither a Matrix document nor a public path of the homeserver is asked for: files, a redirect,
/// or another server. Decides on the raw request target, which is well formed.
/// </summary>
internal interface IWebsite
{
    /// <summary>Answers a request in any case; throws only when the client has gone.</summary>
    Task AnswerAsync(HttpContext context);
}
