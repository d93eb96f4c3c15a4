namespace MatrixEdge.Tests.Protocol;

/// <summary>Reads headers as they were sent, whichever collection HttpClient puts them into.</summary>
internal static class Answer
{
    public static string? Header(this HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.ToString()
            : null;

    public static void AssertReadableByEveryOrigin(this HttpResponseMessage response)
    {
        Assert.Equal("*", response.Header("Access-Control-Allow-Origin"));
        Assert.Equal("GET, HEAD, POST, PUT, DELETE, OPTIONS", response.Header("Access-Control-Allow-Methods"));
        Assert.Equal("X-Requested-With, Content-Type, Authorization, Date", response.Header("Access-Control-Allow-Headers"));
        Assert.Equal("Synapse-Trace-Id, Server", response.Header("Access-Control-Expose-Headers"));
    }
}
