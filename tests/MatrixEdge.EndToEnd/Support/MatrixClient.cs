using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>
/// A user's client. It trusts the gateway's root alone, speaks exactly one version of HTTP, and writes request targets as
/// they are given, byte for byte.
/// </summary>
internal sealed class MatrixClient : IDisposable
{
    public const string Password = "correct horse";
    private static readonly UriCreationOptions AsIs = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private static int users;
    private static int transactions;

    private readonly Uri baseAddress;
    private readonly Version version;
    private readonly SocketsHttpHandler handler;
    private readonly HttpClient http;

    /// <summary>Goes through the gateway that is there.</summary>
    /// <param name="from">The local address to connect from; the system's choice when null.</param>
    public MatrixClient(GatewayPlace place, Version? version = null, IPAddress? from = null)
        : this(place.PublicBase, version, new SocketsHttpHandler { SslOptions = TestAuthority.Trust(place.Root, place.PublicHost) })
    {
        if (from is not null || place.Address is not null)
        {
            handler.ConnectCallback = async (context, cancellationToken) =>
            {
                var to = new IPEndPoint(place.Address ?? IPAddress.Loopback, context.DnsEndPoint.Port);
                var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (from is not null)
                    socket.Bind(new IPEndPoint(from, 0));
                await socket.ConnectAsync(to, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }
    }

    /// <summary>Goes past the gateway, without TLS.</summary>
    public MatrixClient(Uri homeserver)
        : this(homeserver, null, new SocketsHttpHandler())
    {
    }

    private MatrixClient(Uri baseAddress, Version? version, SocketsHttpHandler handler)
    {
        this.baseAddress = baseAddress;
        this.version = version ?? HttpVersion.Version11;
        this.handler = handler;
        handler.AllowAutoRedirect = false;
        handler.UseProxy = false;
        http = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(5) };
    }

    public string? Token { get; set; }

    public string UserId { get; private set; } = "";

    public static string NewName() => $"user{Interlocked.Increment(ref users)}";

    public static string NewTransaction() => $"txn{Interlocked.Increment(ref transactions)}";

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string target,
        HttpContent? content = null,
        IEnumerable<(string Name, string Value)>? headers = null,
        HttpCompletionOption completion = HttpCompletionOption.ResponseContentRead,
        CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(method, new Uri(baseAddress.GetLeftPart(UriPartial.Authority) + target, AsIs))
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        if (Token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        foreach (var (name, value) in headers ?? [])
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);

        var answer = await http.SendAsync(request, completion, cancellationToken);
        Assert.Equal(version, answer.Version);
        return answer;
    }

    /// <summary>The answer's JSON; anything but success fails with what was answered.</summary>
    public async Task<JsonElement> AskAsync(HttpMethod method, string target, object? body = null, CancellationToken cancellationToken = default)
    {
        using var content = body is null ? null : body as HttpContent ?? Json.Content(body);
        using var answer = await SendAsync(method, target, content, cancellationToken: cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {target} gave {(int)answer.StatusCode}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public async Task RegisterAsync(string name, CancellationToken cancellationToken)
    {
        var account = await AskAsync(
            HttpMethod.Post, "/_matrix/client/v3/register",
            new { username = name, password = Password, auth = new { type = "m.login.dummy" } }, cancellationToken);
        Remember(account);
    }

    public async Task LogInAsync(string name, CancellationToken cancellationToken)
    {
        var session = await AskAsync(
            HttpMethod.Post, "/_matrix/client/v3/login",
            new { type = "m.login.password", identifier = new { type = "m.id.user", user = name }, password = Password }, cancellationToken);
        Remember(session);
    }

    /// <summary>The new room's id.</summary>
    public async Task<string> CreateRoomAsync(CancellationToken cancellationToken, object? options = null) =>
        (await AskAsync(HttpMethod.Post, "/_matrix/client/v3/createRoom", options ?? new { preset = "public_chat" }, cancellationToken))
            .GetProperty("room_id").GetString()!;

    /// <summary>The new event's id.</summary>
    public async Task<string> SendTextAsync(string room, string text, CancellationToken cancellationToken) =>
        (await AskAsync(
            HttpMethod.Put, $"/_matrix/client/v3/rooms/{Uri.EscapeDataString(room)}/send/m.room.message/{NewTransaction()}",
            new { msgtype = "m.text", body = text }, cancellationToken))
            .GetProperty("event_id").GetString()!;

    public Task<JsonElement> SyncAsync(string? since, TimeSpan timeout, CancellationToken cancellationToken) =>
        AskAsync(
            HttpMethod.Get,
            $"/_matrix/client/v3/sync?timeout={timeout.TotalMilliseconds:0}{(since is null ? "" : "&since=" + Uri.EscapeDataString(since))}",
            cancellationToken: cancellationToken);

    /// <summary>Syncs until nothing new is there, so that only what comes later ends a long poll from the position returned.</summary>
    public async Task<string> SettleAsync(CancellationToken cancellationToken)
    {
        string? since = null;
        while (true)
        {
            var next = (await SyncAsync(since, TimeSpan.Zero, cancellationToken)).GetProperty("next_batch").GetString()!;
            if (next == since)
                return next;
            since = next;
        }
    }

    /// <summary>Syncs until the room's timeline has an event with this id, and gives the event.</summary>
    public async Task<JsonElement> ReceiveAsync(string room, string eventId, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        string? since = null;
        while (true)
        {
            var sync = await SyncAsync(since, TimeSpan.FromSeconds(10), limit.Token);
            since = sync.GetProperty("next_batch").GetString();
            foreach (var item in Timeline(sync, room))
            {
                if (item.GetProperty("event_id").GetString() == eventId)
                    return item;
            }
        }
    }

    /// <summary>The room's events in the answer to a sync.</summary>
    public static IEnumerable<JsonElement> Timeline(JsonElement sync, string room) =>
        sync.TryGetProperty("rooms", out var rooms) && rooms.TryGetProperty("join", out var joined) && joined.TryGetProperty(room, out var here)
            ? here.GetProperty("timeline").GetProperty("events").EnumerateArray()
            : [];

    public void Dispose() => http.Dispose();

    private void Remember(JsonElement session)
    {
        Token = session.GetProperty("access_token").GetString();
        UserId = session.GetProperty("user_id").GetString()!;
    }
}
