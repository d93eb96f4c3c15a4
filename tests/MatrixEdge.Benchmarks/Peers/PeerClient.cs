using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using MatrixEdge.Benchmarks.Backend;

namespace MatrixEdge.Benchmarks.Peers;

/// <summary>Asks the peers, apart from any measurement, whether they all do the same work.</summary>
internal sealed class PeerClient : IDisposable
{
    private static readonly (string Path, string Body)[] Expected =
        [(BackendAnswers.SmallPath, BackendAnswers.Small), (WellKnown.ServerPath, WellKnown.Server), (WellKnown.ClientPath, WellKnown.Client)];

    private readonly HttpClient client;

    public PeerClient(TestCertificate certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(certificate.Root);
        client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero, // none stays open beside those that are measured
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            ConnectCallback = async (context, stop) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            Timeout = TimeSpan.FromSeconds(10),
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>Throws when the peer answers otherwise than the others have to, or has no access log.</summary>
    public async Task CheckAsync(Peer peer, CancellationToken stop)
    {
        var logged = peer.AccessLogLength;
        foreach (var (path, body) in Expected)
        {
            foreach (var version in (Version[])[HttpVersion.Version11, HttpVersion.Version20])
                await CheckAsync(peer, path, body, version, stop);
        }

        if (peer.AccessLogLength == logged)
            throw new BenchmarkException($"{peer.Name} has answered, but its access log has not grown: it would have less to do than the others");
    }

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Peer peer, HttpRequestMessage request, CancellationToken stop)
    {
        try
        {
            return await client.SendAsync(request, stop);
        }
        catch (HttpRequestException exception)
        {
            var words = exception.InnerException?.Message ?? exception.Message;
            throw new BenchmarkException($"{peer.Name} gives no answer to {request.RequestUri} over HTTP/{request.Version}: {words}");
        }
    }

    private async Task CheckAsync(Peer peer, string path, string body, Version version, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, peer.Uri(path)) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await SendAsync(peer, request, stop);
        var text = await answer.Content.ReadAsStringAsync(stop);
        var isRight = answer.StatusCode == HttpStatusCode.OK
            && answer.Content.Headers.ContentType?.MediaType == "application/json"
            && answer.Headers.TryGetValues("Access-Control-Allow-Origin", out _)
            && JsonNode.DeepEquals(JsonNode.Parse(text), JsonNode.Parse(body));
        if (!isRight)
            throw new BenchmarkException($"{peer.Name} answers GET {path} over HTTP/{version} with {(int)answer.StatusCode}: {text}");
    }
}
