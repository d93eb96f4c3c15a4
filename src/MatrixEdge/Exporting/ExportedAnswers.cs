using MatrixEdge.Configuration;
using MatrixEdge.Delegation;

namespace MatrixEdge.Exporting;

/// <summary>All that a host of the apex has to answer below <c>/.well-known/matrix/</c> in the gateway's place.</summary>
/// <param name="Host">The apex, that is the host of the server name.</param>
/// <param name="Documents">Those that there are, by path.</param>
/// <param name="Absent">Documents that there could be, by path: their 404 says so.</param>
/// <param name="Unknown">To every other path.</param>
/// <param name="WrongMethod">To other methods than those that read.</param>
/// <param name="Preflight">To <c>OPTIONS</c>.</param>
internal sealed record ExportedAnswers(
    string Host,
    IReadOnlyList<(string Path, RecordedAnswer Answer)> Documents,
    IReadOnlyList<(string Path, RecordedAnswer Answer)> Absent,
    RecordedAnswer Unknown,
    RecordedAnswer WrongMethod,
    RecordedAnswer Preflight)
{
    public const string Root = "/.well-known/matrix/";

    private static readonly string[] Names = ["server", "client", "support", "policy_server", "org.matrix.msc4284.policy_server"];

    /// <summary>The headers that all answers have: CORS, above all.</summary>
    public IReadOnlyList<(string Name, string Value)> CommonHeaders =>
        [.. Documents.Concat(Absent).Select(document => document.Answer).Append(WrongMethod).Append(Preflight)
            .Aggregate(Unknown.Headers.AsEnumerable(), (common, answer) => common.Where(answer.Headers.Contains))];

    /// <summary>The headers that an answer has beside those.</summary>
    public IEnumerable<(string Name, string Value)> OwnHeaders(RecordedAnswer answer) => answer.Headers.Except(CommonHeaders);

    public static ExportedAnswers Of(SiteSettings site)
    {
        var documents = WellKnownDocuments.Build(site);
        RecordedAnswer Answer(string method, string name) => RecordedAnswer.Of(method, Root + name, documents);
        var unknown = Answer("GET", "-");
        var answers = Names.Select(name => (Path: Root + name, Answer: Answer("GET", name))).ToList();
        return new ExportedAnswers(
            site.ServerName.Host,
            [.. answers.Where(answer => answer.Answer.Status == StatusCodes.Status200OK)],
            [.. answers.Where(answer => answer.Answer.Status != StatusCodes.Status200OK && answer.Answer.Body != unknown.Body)],
            unknown,
            Answer("POST", "server"),
            Answer("OPTIONS", "server"));
    }
}
