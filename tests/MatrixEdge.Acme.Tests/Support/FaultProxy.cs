using System.Buffers.Text;
using System.Collections.Immutable;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace MatrixEdge.Acme.Tests.Support;

/// <summary>
/// Stands before a <see cref="PebbleServer"/> and does to its clients what a Pebble never does: <see cref="On"/> says to
/// which requests, and what. What no rule befalls passes unchanged. Pebble builds its addresses from the Host header, which
/// is kept, so a client that starts here stays here. Every request is written down.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private static readonly TimeSpan WaitLimit = TimeSpan.FromSeconds(60);

    // What the two connections settle for themselves.
    private static readonly string[] OfTheConnection = ["Host", "Connection", "Content-Length", "Transfer-Encoding", "Keep-Alive"];

    private static readonly (string Begin, AcmeRequest Kind)[] Paths =
    [
        ("/dir", AcmeRequest.Directory),
        ("/nonce-plz", AcmeRequest.NewNonce),
        ("/sign-me-up", AcmeRequest.NewAccount),
        ("/my-account/", AcmeRequest.Account),
        ("/list-orderz/", AcmeRequest.Orders),
        ("/order-plz", AcmeRequest.NewOrder),
        ("/my-order/", AcmeRequest.Order),
        ("/authZ/", AcmeRequest.Authorization),
        ("/chalZ/", AcmeRequest.Challenge),
        ("/finalize-order/", AcmeRequest.Finalize),
        ("/certZ/", AcmeRequest.Certificate),
        ("/draft-ietf-acme-ari-03/renewalInfo/", AcmeRequest.RenewalInfo),
        ("/rollover-account-key", AcmeRequest.KeyChange),
        ("/revoke-cert", AcmeRequest.Revocation),
    ];

    private readonly PebbleServer pebble;
    private readonly HttpClient upstream = ListenerAuthority.Client();
    private readonly WebApplication app;
    private readonly Lock gate = new();
    private ImmutableList<FaultRule> rules = [];
    private ImmutableList<SeenRequest> requests = [];
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FaultProxy(PebbleServer pebble, WebApplication app)
    {
        this.pebble = pebble;
        this.app = app;
        app.Run(HandleAsync);
    }

    public Uri DirectoryUri => new(new Uri(app.Urls.Single()), "/dir");

    /// <inheritdoc cref="PebbleServer.RootsFile" />
    public string RootsFile => pebble.RootsFile;

    /// <summary>Every request so far, in the order in which they came.</summary>
    public IReadOnlyList<SeenRequest> Requests => requests;

    public static async Task<FaultProxy> StartAsync(PebbleServer pebble, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MinResponseDataRate = null;
            options.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1; // A dropped connection is one, not a stream of many.
                listen.UseHttps(ListenerAuthority.Issue());
            });
        });
        var proxy = new FaultProxy(pebble, builder.Build());
        await proxy.app.StartAsync(cancellationToken);
        return proxy;
    }

    /// <summary>Begins a rule for requests of these kinds; without kinds, for all.</summary>
    public FaultRule On(params AcmeRequest[] kinds) => new(
        rule => ImmutableInterlocked.Update(ref rules, (all, one) => all.Add(one), rule),
        rule => ImmutableInterlocked.Update(ref rules, (all, one) => all.Remove(one), rule),
        kinds);

    /// <summary>How many such requests came.</summary>
    public int Count(AcmeRequest kind) => requests.Count(request => request.Kind == kind);

    /// <summary>
    /// How many such requests the certificate authority carried out, whether or not the client got the answer. Orders are counted so:
    /// of one certificate in some hundreds, whose serial begins with a zero, Pebble 2.10 does not find the order that
    /// it replaces, answers 500, and is asked again without.
    /// </summary>
    public int CountDone(AcmeRequest kind) => requests.Count(request => request.Kind == kind && request.IsDone);

    /// <summary>Waits until this many requests of the kind have come; fails when they do not within a minute.</summary>
    public Task SeenAsync(AcmeRequest kind, int count, CancellationToken cancellationToken) =>
        SeenAsync(all => all.Count(request => request.Kind == kind) >= count, $"{count} of {kind}", cancellationToken);

    /// <summary>Waits until the requests so far are as wanted; fails, saying <paramref name="what"/>, when they are not within a minute.</summary>
    public async Task SeenAsync(Func<IReadOnlyList<SeenRequest>, bool> condition, string what, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(WaitLimit);
        while (true)
        {
            Task next;
            lock (gate)
                next = changed.Task;
            if (condition(requests))
                return;

            try
            {
                await next.WaitAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                Assert.Fail($"Not within {WaitLimit.TotalSeconds:0} s: {what}. Seen:\n{string.Join('\n', requests)}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Who still waits for an answer does not get one.
        using var atOnce = new CancellationTokenSource(TimeSpan.Zero);
        await app.StopAsync(atOnce.Token);
        await app.DisposeAsync();
        upstream.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        var exchange = await ReceiveAsync(context);
        Note(() => requests = requests.Add(exchange.Request));
        try
        {
            Func<Task> step = () => AskAsync(exchange);
            foreach (var rule in rules.Reverse())
            {
                var next = step;
                step = () => rule.RunAsync(exchange, next);
            }

            await step();
            if (!exchange.IsDropped)
                await SendAsync(context, exchange);
        }
        catch (OperationCanceledException)
        {
            context.Abort(); // The client is gone, or this proxy ends.
        }
        catch (HttpRequestException)
        {
            context.Abort(); // As Pebble does, when it does not listen or breaks off.
        }
    }

    private static async Task<Exchange> ReceiveAsync(HttpContext context)
    {
        using var content = new MemoryStream();
        await context.Request.Body.CopyToAsync(content, context.RequestAborted);
        var body = content.ToArray();
        var (header, payload) = Decode(body);
        var path = context.Request.Path.Value!;
        return new Exchange(context, new SeenRequest
        {
            Kind = Paths.FirstOrDefault(known => known.Begin.EndsWith('/') ? path.StartsWith(known.Begin, StringComparison.Ordinal) : path == known.Begin).Kind,
            Method = context.Request.Method,
            Path = path + context.Request.QueryString,
            At = DateTimeOffset.UtcNow,
            Headers = context.Request.Headers.ToDictionary(one => one.Key, one => one.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            Protected = header,
            Payload = payload,
        }, body);
    }

    private async Task AskAsync(Exchange exchange)
    {
        using var request = new HttpRequestMessage(new HttpMethod(exchange.Request.Method), new Uri(pebble.DirectoryUri, exchange.Request.Path));
        request.Headers.Host = exchange.Request.Headers["Host"];
        if (exchange.Body.Length > 0)
            request.Content = new ByteArrayContent(exchange.Body);
        foreach (var (name, value) in exchange.Request.Headers)
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        // The client's going away does not undo what the certificate authority was asked: it is asked to the end.
        using var response = await upstream.SendAsync(request, CancellationToken.None);
        var answer = new ProxiedAnswer { Status = (int)response.StatusCode, Body = await response.Content.ReadAsByteArrayAsync(CancellationToken.None) };
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase))
                answer.Headers[name] = values.ToArray();
        }

        exchange.Answer = answer;
        Note(() => exchange.Request.Authoritys = answer.Copy());
    }

    private async Task SendAsync(HttpContext context, Exchange exchange)
    {
        var answer = exchange.Answer;
        var response = context.Response;
        response.StatusCode = answer.Status;
        foreach (var (name, values) in answer.Headers)
            response.Headers[name] = values;

        var hasBody = answer.Status is not (204 or 304) && !HttpMethods.IsHead(context.Request.Method);
        if (hasBody && !exchange.IsEndless)
            response.ContentLength = answer.Body.Length;
        Note(() => exchange.Request.Status = answer.Status);
        if (!hasBody)
            return;

        // Kestrel closes a connection on which less than the announced length was sent; to abort it could overtake what was.
        await response.Body.WriteAsync(answer.Body.AsMemory(0, Math.Min(exchange.CutAfter ?? int.MaxValue, answer.Body.Length)), exchange.Gone);

        var spaces = Encoding.ASCII.GetBytes(new string(' ', 65536));
        while (exchange.IsEndless)
        {
            await response.Body.WriteAsync(spaces, exchange.Gone);
            exchange.Gone.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Changes what is written down, and tells those who wait for it.</summary>
    private void Note(Action change)
    {
        TaskCompletionSource done;
        lock (gate)
        {
            change();
            done = changed;
            changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        done.SetResult();
    }

    private static (JsonElement? Header, JsonElement? Payload) Decode(byte[] body)
    {
        try
        {
            var jws = JsonDocument.Parse(body).RootElement;
            return (Part(jws, "protected"), Part(jws, "payload"));
        }
        catch (Exception exception) when (exception is JsonException or FormatException or InvalidOperationException)
        {
            return (null, null); // No JWS.
        }
    }

    private static JsonElement? Part(JsonElement jws, string name) =>
        jws.ValueKind == JsonValueKind.Object && jws.TryGetProperty(name, out var part) && part.GetString() is { Length: > 0 } text
            ? JsonDocument.Parse(Base64Url.DecodeFromChars(text)).RootElement
            : null;
}
