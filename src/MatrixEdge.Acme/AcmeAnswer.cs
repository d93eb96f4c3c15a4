using System.Net;

namespace MatrixEdge.Acme;

/// <summary>An answer of the server, whatever its status.</summary>
/// <param name="Url">What was asked.</param>
/// <param name="What">What it was about, for messages: <c>a new order</c>.</param>
/// <param name="StatusCode">Its status.</param>
/// <param name="Body">Its body, or the first MiB of it.</param>
/// <param name="Cut">Whether the body was larger.</param>
/// <param name="IsLocal">Whether the server is on this machine, and may name addresses with plain HTTP.</param>
internal sealed record AcmeAnswer(Uri Url, string What, HttpStatusCode StatusCode, byte[] Body, bool Cut, bool IsLocal)
{
    public string? Location { get; init; }

    public string? ReplayNonce { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public IReadOnlyList<Link> Links { get; init; } = [];

    /// <summary>The header <c>Location</c>, which must be there.</summary>
    public Uri GetLocation() =>
        Resolve(Location ?? throw NotUnderstood("there is no Location in it"))
        ?? throw NotUnderstood($"its Location \"{Words.Clean(Location, Words.Excerpt)}\" is not an https address");

    /// <summary>Usable addresses that it links to in this relation (RFC 8288).</summary>
    public IEnumerable<Uri> LinksTo(string relation) =>
        Links.Where(link => link.Relations.Contains(relation, StringComparer.OrdinalIgnoreCase)).Select(link => Resolve(link.Target)).OfType<Uri>();

    /// <summary>This answer, if it was received as a whole.</summary>
    public AcmeAnswer Whole() => Cut ? throw NotUnderstood("it is larger than 1 MiB") : this;

    /// <summary>The failure that an answer is when its status is not one of success.</summary>
    public AcmeException ToException()
    {
        var status = (int)StatusCode;
        if (status < 400)
        {
            return NotUnderstood(Location is null
                ? $"its status is {status}"
                : $"it redirects to {Words.Clean(Location, Words.Excerpt)}, but ACME servers are asked where their directory says; if the server has moved, configure its new address");
        }

        var problem = ProblemReading.Find(Body);
        var excerpt = problem is null ? Words.Of(Body) : "";
        var words = problem?.ToString() ?? (excerpt.Length > 0 ? $"HTTP {status}: {excerpt}" : $"HTTP {status} without a reason");
        var wait = RetryAfter is { } time ? $"; it asks to wait {time.TotalSeconds:0} s" : "";
        var message = status >= 500
            ? $"The ACME server is in trouble and gave no answer about {What} ({Url}): {words}{wait}"
            : $"The ACME server refused {What} ({Url}): {words}{wait}";
        return new AcmeException(status >= 500 ? AcmeFailure.ServerError : AcmeFailure.Refused, Url, message)
        {
            Problem = problem,
            StatusCode = StatusCode,
            RetryAfter = RetryAfter,
            TermsOfService = Links.Where(link => link.Relations.Contains("terms-of-service", StringComparer.OrdinalIgnoreCase))
                .Select(link => Uri.TryCreate(Url, link.Target, out var page) && page.Scheme is "https" or "http" ? page : null)
                .FirstOrDefault(page => page is not null),
        };
    }

    /// <summary>The failure that an answer is when it cannot be used.</summary>
    /// <param name="why">Continues "…is not understood: ".</param>
    /// <param name="exception">What came of the attempt.</param>
    public AcmeException NotUnderstood(string why, Exception? exception = null) =>
        new(AcmeFailure.NotUnderstood, Url, $"The ACME server's answer about {What} ({Url}) is not understood: {why}", exception)
        {
            StatusCode = StatusCode,
            RetryAfter = RetryAfter,
        };

    // Addresses in headers may be relative (RFC 9110 §10.2.2).
    private Uri? Resolve(string address) => Uri.TryCreate(Url, address, out var url) && ServerAddress.IsUsable(url, IsLocal) ? url : null;
}
