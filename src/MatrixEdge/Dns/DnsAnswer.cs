using System.Collections.Immutable;
using System.Net;

namespace MatrixEdge.Dns;

/// <summary>What came of a question. That there is no such name, or that a server failed, is an answer, too.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Server">Who answered; null when nobody did.</param>
/// <param name="Message">The last answer; null when nobody answered.</param>
/// <param name="Aliases">Where CNAMEs led, in order; empty without one.</param>
/// <param name="Records">What was asked for, at the end of the aliases. Empty when there is none.</param>
/// <param name="Failure">In words, what went wrong on the way; null when nothing did. Without a final dot.</param>
internal sealed record DnsAnswer(
    DnsQuestion Question,
    IPEndPoint? Server,
    DnsMessage? Message,
    ImmutableArray<DnsName> Aliases,
    ImmutableArray<DnsRecord> Records,
    string? Failure)
{
    public bool IsAnswered => Message is not null;

    /// <summary>Null when nobody answered.</summary>
    public DnsCode? Code => Message?.Code;

    /// <summary>Whether a server has decided what there is: the records, none of this type, or no such name.</summary>
    public bool IsDecided => Code is DnsCode.NoError or DnsCode.NameError;

    /// <summary>The name at which the records stand, after all aliases.</summary>
    public DnsName Target => Aliases.IsEmpty ? Question.Name : Aliases[^1];

    public static DnsAnswer Silence(DnsQuestion question, string failure) => new(question, null, null, [], [], failure);

    /// <summary>The records' data, in the order of the answer.</summary>
    public IEnumerable<T> Data<T>()
        where T : DnsData => Records.Select(record => record.Data).OfType<T>();
}
