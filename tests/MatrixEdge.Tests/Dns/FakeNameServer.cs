using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using MatrixEdge.Dns;

namespace MatrixEdge.Tests.Dns;

/// <summary>
/// A name server that says what a test wants, over UDP and TCP at one port: for each question, any number of raw answers.
/// Without any it stays silent.
/// </summary>
internal sealed class FakeNameServer : IAsyncDisposable
{
    private readonly Func<DnsMessage, bool, IEnumerable<byte[]>> answer;
    private readonly CancellationTokenSource end = new();
    private readonly Socket udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener tcp;
    private readonly Task serving;

    /// <param name="answer">Gets the question and whether it came by TCP.</param>
    public FakeNameServer(Func<DnsMessage, bool, IEnumerable<byte[]>> answer)
    {
        this.answer = answer;
        while (true)
        {
            tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            try
            {
                udp.Bind(tcp.LocalEndpoint);
                break;
            }
            catch (SocketException)
            {
                tcp.Stop(); // Somebody has the datagrams of that port.
            }
        }

        serving = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public FakeNameServer(Func<DnsMessage, DnsMessage?> answer)
        : this((question, _) => answer(question) is { } message ? [DnsMessageWriter.Write(message)] : [])
    {
    }

    public IPEndPoint EndPoint => (IPEndPoint)tcp.LocalEndpoint;

    /// <summary>What it was asked, and from where; oldest first.</summary>
    public ConcurrentQueue<(DnsMessage Message, EndPoint From)> Asked { get; } = new();

    /// <summary>An answer as a server would give it.</summary>
    public static DnsMessage Reply(DnsMessage question, DnsCode code = DnsCode.NoError, params DnsRecord[] records) =>
        new() { Id = question.Id, IsResponse = true, RecursionAvailable = true, Code = code, Questions = question.Questions, Answers = [.. records] };

    public static DnsRecord Record(string name, DnsType type, DnsData data) =>
        new(DnsName.Parse(name), type, DnsClass.Internet, TimeSpan.FromMinutes(1), data);

    public static DnsRecord Text(string name, string text) => Record(name, DnsType.TXT, new TextData([text]));

    public static DnsRecord Alias(string name, string target) => Record(name, DnsType.CNAME, new NameData(DnsName.Parse(target)));

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        udp.Dispose();
        tcp.Stop();
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        end.Dispose();
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[DnsMessage.LongestMessage];
        while (true)
        {
            var received = await udp.ReceiveFromAsync(buffer, new IPEndPoint(IPAddress.Any, 0), end.Token);
            foreach (var octets in Answer(buffer.AsSpan(0, received.ReceivedBytes), received.RemoteEndPoint, byTcp: false))
                await udp.SendToAsync(octets, received.RemoteEndPoint, end.Token);
        }
    }

    private async Task ServeTcpAsync()
    {
        while (true)
        {
            using var client = await tcp.AcceptTcpClientAsync(end.Token);
            var stream = client.GetStream();
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, end.Token);
            var question = new byte[length[0] << 8 | length[1]];
            await stream.ReadExactlyAsync(question, end.Token);
            foreach (var octets in Answer(question, client.Client.RemoteEndPoint!, byTcp: true))
                await stream.WriteAsync((byte[])[(byte)(octets.Length >> 8), (byte)octets.Length, .. octets], end.Token);
        }
    }

    private IEnumerable<byte[]> Answer(ReadOnlySpan<byte> octets, EndPoint from, bool byTcp)
    {
        var question = DnsMessageReader.Read(octets);
        Asked.Enqueue((question, from));
        return answer(question, byTcp);
    }
}
