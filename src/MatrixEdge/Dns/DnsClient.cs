using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace MatrixEdge.Dns;

/// <summary>
/// Asks name servers: recursive ones in turn until one has decided, or any one by itself. Nothing is cached, and nothing but
/// cancellation is thrown: silence is an answer with words in it.
/// </summary>
/// <param name="resolvers">In the order in which they are asked; at least one.</param>
internal sealed class DnsClient(ImmutableArray<IPEndPoint> resolvers, TimeProvider time)
{
    // RFC 9715: what crosses every network in one piece.
    private const ushort DatagramSize = 1232;

    private const int LongestChain = 16;

    public ImmutableArray<IPEndPoint> Resolvers => resolvers;

    /// <summary>How long one server may take for one try.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How often a resolver that stays silent is asked.</summary>
    public int Tries { get; init; } = 2;

    public static DnsClient OfSystem(TimeProvider time) => new(SystemResolvers.Read(), time);

    /// <summary>Asks the resolvers, and follows aliases to their end, also where a resolver leaves that to the asker.</summary>
    public async Task<DnsAnswer> AskAsync(DnsName name, DnsType type, CancellationToken stop)
    {
        var answer = await AskResolversAsync(new DnsQuestion(name, type), stop);
        while (answer is { Records.IsEmpty: true, Aliases.IsEmpty: false, Failure: null, Message: { Code: DnsCode.NoError, RecursionAvailable: false } })
        {
            var next = await AskResolversAsync(new DnsQuestion(answer.Target, type), stop);
            var aliases = answer.Aliases.AddRange(next.Aliases);
            answer = next with { Question = answer.Question, Aliases = aliases, Failure = next.Failure ?? FindFault(name, aliases) };
            if (next.Aliases.IsEmpty)
                break;
        }

        return answer;
    }

    /// <summary>Asks this server once.</summary>
    /// <param name="recursion">Whether it is to ask others; false for an authoritative server.</param>
    public async Task<DnsAnswer> AskAsync(IPEndPoint server, DnsName name, DnsType type, bool recursion, CancellationToken stop)
    {
        var question = new DnsQuestion(name, type);
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        try
        {
            var message = await ExchangeAsync(server, question, recursion, DatagramSize, either.Token);
            if (message.Code is DnsCode.FormatError or DnsCode.NotImplemented or DnsCode.BadVersionOrSignature)
                message = await ExchangeAsync(server, question, recursion, null, either.Token); // RFC 6891 §6.2.2: it may not know EDNS.
            return Understand(question, server, message);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return DnsAnswer.Silence(question, string.Create(CultureInfo.InvariantCulture, $"{server} did not answer within {Patience.TotalSeconds:0.#} s"));
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return DnsAnswer.Silence(question, $"no name server listens on {server}");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return DnsAnswer.Silence(question, $"{server} cannot be asked: {exception.Message}");
        }
        catch (DnsFormatException exception)
        {
            return DnsAnswer.Silence(question, $"{server} sent what is no answer: {exception.Message}");
        }
    }

    private async Task<DnsAnswer> AskResolversAsync(DnsQuestion question, CancellationToken stop)
    {
        DnsAnswer? undecided = null;
        var failures = new List<string>();
        var silent = resolvers.AsEnumerable();
        for (var round = 0; round < Tries; round++)
        {
            var asked = silent.ToList();
            var again = new List<IPEndPoint>();
            failures.Clear();
            foreach (var server in asked)
            {
                var answer = await AskAsync(server, question.Name, question.Type, recursion: true, stop);
                if (answer.IsDecided)
                    return answer;

                if (answer.IsAnswered)
                {
                    undecided ??= answer;
                    continue;
                }

                failures.Add(answer.Failure!);
                again.Add(server);
            }

            silent = again;
        }

        return undecided ?? DnsAnswer.Silence(question, string.Join("; ", failures));
    }

    private static async Task<DnsMessage> ExchangeAsync(IPEndPoint server, DnsQuestion question, bool recursion, ushort? size, CancellationToken stop)
    {
        var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
        var request = DnsMessageWriter.Write(new DnsMessage { Id = id, RecursionDesired = recursion, Questions = [question], DatagramSize = size });

        var message = await DnsTransport.ExchangeByUdpAsync(server, request, datagram => Accept(datagram.Span, id, question), stop);
        if (!message.IsTruncated)
            return message;

        var whole = DnsMessageReader.Read(await DnsTransport.ExchangeByTcpAsync(server, request, stop));
        return IsAnswer(whole, id, question) ? whole : throw new DnsFormatException("it answers another question");
    }

    // Anything else may come from someone who guesses: the true answer is waited for.
    private static DnsMessage? Accept(ReadOnlySpan<byte> datagram, ushort id, DnsQuestion question)
    {
        try
        {
            var message = DnsMessageReader.Read(datagram);
            return IsAnswer(message, id, question) ? message : null;
        }
        catch (DnsFormatException)
        {
            // Cut off in the middle of a record; a forged one does no more than make us ask by TCP.
            return datagram.Length >= 3 && (datagram[0] << 8 | datagram[1]) == id && (datagram[2] & 0x82) == 0x82
                ? new DnsMessage { Id = id, IsTruncated = true }
                : null;
        }
    }

    // A server that did not understand the question need not repeat it.
    private static bool IsAnswer(DnsMessage message, ushort id, DnsQuestion question) =>
        message.Id == id && message.IsResponse && message.Opcode == DnsOpcode.Query
        && (message.Questions is [var repeated] ? repeated == question : message.Questions.IsEmpty && message.Code is DnsCode.FormatError or DnsCode.NotImplemented);

    private static DnsAnswer Understand(DnsQuestion question, IPEndPoint server, DnsMessage message)
    {
        var aliases = ImmutableArray.CreateBuilder<DnsName>();
        var target = question.Name;
        if (question.Type != DnsType.CNAME)
        {
            while (aliases.Count <= LongestChain
                && message.Answers.FirstOrDefault(record => record.Type == DnsType.CNAME && record.Name.Equals(target))?.Data is NameData alias)
            {
                aliases.Add(alias.Target);
                target = alias.Target;
            }
        }

        var records = message.Answers
            .Where(record => record.Type == question.Type && record.Class == DnsClass.Internet && record.Name.Equals(target))
            .ToImmutableArray();
        var chain = aliases.ToImmutable();
        return new DnsAnswer(question, server, message, chain, records, FindFault(question.Name, chain));
    }

    private static string? FindFault(DnsName name, ImmutableArray<DnsName> aliases)
    {
        if (aliases.Append(name).Distinct().Count() <= aliases.Length)
            return $"the CNAMEs of {name} lead in a circle";
        return aliases.Length > LongestChain ? $"{name} has more than {LongestChain} CNAMEs in a row" : null;
    }
}
