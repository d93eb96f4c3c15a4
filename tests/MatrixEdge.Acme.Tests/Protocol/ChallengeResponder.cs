using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MatrixEdge.Acme.Tests.Protocol;

/// <summary>Answers http-01 and tls-alpn-01 where a Pebble looks, with what a test puts there. Small on purpose, and no part of the gateway.</summary>
internal sealed class ChallengeResponder : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<string, string> files = new();
    private readonly ConcurrentDictionary<string, X509Certificate2> certificates = new();
    private readonly TcpListener http;
    private readonly TcpListener tls;
    private readonly Task[] loops;

    public ChallengeResponder(int httpPort, int tlsPort)
    {
        http = new TcpListener(IPAddress.Loopback, httpPort);
        tls = new TcpListener(IPAddress.Loopback, tlsPort);
        http.Start();
        tls.Start();
        loops = [AcceptAsync(http, AnswerHttpAsync), AcceptAsync(tls, AnswerTlsAsync)];
    }

    public Task PutAsync(string path, string body)
    {
        files[path] = body;
        return Task.CompletedTask;
    }

    public void Put(string serverName, X509Certificate2 certificate) => certificates[serverName] = certificate;

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        http.Dispose();
        tls.Dispose();
        await Task.WhenAll(loops);
        stopping.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener, Func<NetworkStream, Task> answer)
    {
        try
        {
            while (true)
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token), answer);
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }

    private static async Task ServeAsync(TcpClient client, Func<NetworkStream, Task> answer)
    {
        using (client)
        {
            try
            {
                await answer(client.GetStream());
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException or OperationCanceledException)
            {
                // Whoever asked has gone; the authority says what it thinks of that.
            }
        }
    }

    private async Task AnswerHttpAsync(NetworkStream stream)
    {
        using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
        var path = (await reader.ReadLineAsync(stopping.Token))?.Split(' ') is [_, var target, ..] ? target : "";
        while (await reader.ReadLineAsync(stopping.Token) is { Length: > 0 })
        {
            // Nothing in the headers matters.
        }

        var (status, body) = files.TryGetValue(path, out var file) ? ("200 OK", file) : ("404 Not Found", "");
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"), stopping.Token);
    }

    private async Task AnswerTlsAsync(NetworkStream stream)
    {
        using var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(
            (_, hello, _, _) => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificate = certificates.GetValueOrDefault(hello.ServerName) ?? throw new AuthenticationException("nothing there"),
                ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
            }),
            null,
            stopping.Token);
    }
}
