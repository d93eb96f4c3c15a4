using System.Collections.Concurrent;
using MatrixEdge.Dns;

namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// What every way of publishing has in common: the record is put where the name's CNAMEs lead, since a validator follows them
/// (RFC 8555 §8.4) and nothing else may stand beside one (RFC 1034 §3.6.2); and it is waited for until it is seen.
/// </summary>
internal sealed partial class VisibleDnsRecords(IDnsRecords records, DnsClient client, Propagation propagation, ILogger<VisibleDnsRecords> logger) : IDnsRecords
{
    private const int LongestChain = 16;

    // What was put where, so that it is taken away from there even if the CNAME has been changed or cannot be asked for.
    private readonly ConcurrentDictionary<(string Name, string Value), DnsName> published = new();

    public async Task AddAsync(string name, string value, CancellationToken stop)
    {
        var target = await FollowAsync(name, stop);
        published[(name, value)] = target;
        await records.AddAsync(target.ToString(), value, stop);
        await propagation.WaitAsync(target, value, stop);
    }

    public async Task RemoveAsync(string name, string value, CancellationToken stop)
    {
        if (!published.TryGetValue((name, value), out var target))
            target = await FollowAsync(name, stop);
        await records.RemoveAsync(target.ToString(), value, stop);
        published.TryRemove((name, value), out _);
    }

    // Asked for CNAME alone and step by step, so that no resolver remembers that there is no TXT record.
    private async Task<DnsName> FollowAsync(string name, CancellationToken stop)
    {
        if (!DnsName.TryParse(name, out var start))
            throw new DnsRecordException($"{name} is no name that a record could have");

        var passed = new HashSet<DnsName> { start };
        var target = start;
        while (true)
        {
            var answer = await client.AskAsync(target, DnsType.CNAME, stop);
            if (!answer.IsDecided)
            {
                Log.NotAsked(logger, target, answer.Failure ?? $"{answer.Server} answered {answer.Code?.Mnemonic()}");
                return target;
            }

            if (answer.Data<NameData>().FirstOrDefault() is not { } alias)
                return target;

            target = alias.Target;
            if (!passed.Add(target))
                throw new DnsRecordException($"The CNAMEs of {name} lead in a circle through {target}, so no validator could find a record; mend them");
            if (passed.Count > LongestChain)
                throw new DnsRecordException($"{name} has more than {LongestChain} CNAMEs in a row, and no validator would follow them; let it lead to {target} at once");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Whether {Name} is a CNAME could not be asked: {Reason}. Taking it for none")]
        public static partial void NotAsked(ILogger logger, DnsName name, string reason);
    }
}
