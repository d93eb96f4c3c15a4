using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// Which requests a fault befalls, and which fault: <c>proxy.On(AcmeRequest.NewOrder).Times(1).AnswerLost()</c>. Nothing
/// happens before the fault is named. Several rules may befall one request: the one written first is nearest to the client.
/// </summary>
internal sealed class FaultRule(Action<FaultRule> add, Action<FaultRule> remove, AcmeRequest[] kinds)
{
    private readonly Lock gate = new();
    private Func<SeenRequest, bool> condition = _ => true;
    private Func<Exchange, Func<Task>, Task>? fault;
    private int toPass;
    private int left = int.MaxValue;
    private int hits;

    /// <summary>How often it befell a request.</summary>
    public int Hits => Volatile.Read(ref hits);

    /// <summary>Only so many times; without this it goes on until <see cref="Remove"/>.</summary>
    public FaultRule Times(int count)
    {
        left = count;
        return this;
    }

    public FaultRule Once() => Times(1);

    /// <summary>Lets so many matching requests pass first.</summary>
    public FaultRule After(int count)
    {
        toPass = count;
        return this;
    }

    public FaultRule Where(Func<SeenRequest, bool> more)
    {
        var before = condition;
        condition = request => before(request) && more(request);
        return this;
    }

    // Instead of an answer of the certificate authority, which is not asked.

    public FaultRule Answers(int status, string body = "", string contentType = "text/html", params (string Name, string Value)[] headers) =>
        Be((exchange, _) =>
        {
            exchange.Answer = new ProxiedAnswer { Status = status, Text = body };
            exchange.Answer.Headers["Content-Type"] = contentType;
            foreach (var (name, value) in headers)
                exchange.Answer.Headers[name] = value;
            return Task.CompletedTask;
        });

    /// <summary>Answers with a problem document (RFC 7807) and no nonce.</summary>
    /// <param name="error">Such as <c>rateLimited</c>.</param>
    /// <param name="headers">Such as <c>("Retry-After", "3600")</c>.</param>
    public FaultRule Problem(int status, string error, string detail = "as the test wants it", params (string Name, string Value)[] headers) =>
        Answers(
            status, JsonSerializer.Serialize(new { type = "urn:ietf:params:acme:error:" + error, detail, status }),
            "application/problem+json", headers);

    /// <summary>Answers as a load balancer does whose servers are gone: no problem document.</summary>
    public FaultRule Unavailable(string? retryAfter = null) => Answers(
        503, "<html><body>503 Service Temporarily Unavailable</body></html>", "text/html", retryAfter is null ? [] : [("Retry-After", retryAfter)]);

    /// <param name="location">An absolute address, or a path at the proxy.</param>
    public FaultRule Redirected(string location, int status = 302) => Answers(status, "", "text/html", ("Location", location));

    /// <summary>
    /// Drops the connection before the certificate authority sees the request. HttpClient silently repeats a GET or HEAD
    /// that this happens to on a connection that it had used before; both are seen here.
    /// </summary>
    public FaultRule RequestLost() => Be((exchange, _) =>
    {
        exchange.Drop();
        return Task.CompletedTask;
    });

    /// <summary>Says nothing until the client gives up.</summary>
    public FaultRule NeverAnswered() => Be((exchange, _) => Task.Delay(Timeout.InfiniteTimeSpan, exchange.Gone));

    // Around what the certificate authority does.

    /// <summary>Drops the connection when the certificate authority has acted: the client cannot know.</summary>
    public FaultRule AnswerLost() => Be(async (exchange, next) =>
    {
        await next();
        exchange.Drop();
    });

    /// <summary>Holds the request back before it is passed on.</summary>
    public FaultRule Delayed(TimeSpan delay) => Be(async (exchange, next) =>
    {
        await Task.Delay(delay, exchange.Gone);
        await next();
    });

    /// <summary>Holds the request back before it is passed on, until the test lets go.</summary>
    public FaultRule HeldUntil(Task released) => Be(async (exchange, next) =>
    {
        await released.WaitAsync(exchange.Gone);
        await next();
    });

    /// <summary>Lets the certificate authority act and holds its answer back until the test lets go.</summary>
    public FaultRule AnswerHeldUntil(Task released) => Be(async (exchange, next) =>
    {
        await next();
        await released.WaitAsync(exchange.Gone);
    });

    /// <summary>Does something of the test's own before the request is passed on.</summary>
    public FaultRule First(Func<SeenRequest, Task> action) => Be(async (exchange, next) =>
    {
        await action(exchange.Request);
        await next();
    });

    // To the answer of the certificate authority.

    public FaultRule Changed(Action<ProxiedAnswer> change) => Be(async (exchange, next) =>
    {
        await next();
        change(exchange.Answer);
    });

    public FaultRule WithHeader(string name, string value) => Changed(answer => answer.Headers[name] = value);

    /// <summary>Any header but <c>Date</c>, which the web server sends always.</summary>
    public FaultRule WithoutHeader(string name) => Changed(answer => answer.Headers.Remove(name));

    /// <summary>Moves the clock that the <c>Date</c> header shows.</summary>
    public FaultRule WithClockMovedBy(TimeSpan span) =>
        Changed(answer => answer.Headers["Date"] = (DateTimeOffset.UtcNow + span).ToString("r", System.Globalization.CultureInfo.InvariantCulture));

    public FaultRule WithBody(string text) => Changed(answer => answer.Text = text);

    public FaultRule WithBody(Func<string, string> change) => Changed(answer => answer.Text = change(answer.Text));

    /// <summary>The certificates of a chain in another order.</summary>
    /// <param name="order">Gets the blocks of the chain, leaf first.</param>
    public FaultRule WithChain(Func<IReadOnlyList<X509Certificate2>, IEnumerable<X509Certificate2>> order) => WithBody(text =>
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(text);
        return string.Join('\n', order([.. chain]).Select(certificate => certificate.ExportCertificatePem())) + "\n";
    });

    /// <summary>Only the beginning of the body, and says that this is all of it.</summary>
    public FaultRule Truncated(int bytes) => Changed(answer => answer.Body = answer.Body[..Math.Min(bytes, answer.Body.Length)]);

    /// <summary>Only the beginning of the body, less than was announced; then closes the connection.</summary>
    public FaultRule CutAfter(int bytes) => Be(async (exchange, next) =>
    {
        await next();
        exchange.CutAfter = bytes;
    });

    /// <summary>Adds spaces, which change the meaning of neither JSON nor PEM, until the body is this long.</summary>
    public FaultRule Inflated(int bytes = 10_000_000) => WithBody(text => text + new string(' ', Math.Max(0, bytes - text.Length)));

    /// <summary>After the body come spaces until the client has had enough.</summary>
    public FaultRule Endless() => Be(async (exchange, next) =>
    {
        await next();
        exchange.IsEndless = true;
    });

    /// <summary>From here on it befalls nothing any more.</summary>
    public void Remove() => remove(this);

    /// <summary>Passes the request to the fault if it is one of those meant, else on.</summary>
    public Task RunAsync(Exchange exchange, Func<Task> next) => IsHit(exchange.Request) ? fault!(exchange, next) : next();

    private FaultRule Be(Func<Exchange, Func<Task>, Task> what)
    {
        Assert.Null(fault);
        fault = what;
        add(this);
        return this;
    }

    private bool IsHit(SeenRequest request)
    {
        if ((kinds.Length > 0 && !kinds.Contains(request.Kind)) || !condition(request))
            return false;

        lock (gate)
        {
            if (toPass > 0)
            {
                toPass--;
                return false;
            }

            if (left == 0)
                return false;

            left--;
            hits++;
            return true;
        }
    }
}
