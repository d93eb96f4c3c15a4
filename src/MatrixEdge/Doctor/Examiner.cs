using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using MatrixEdge.Dns;
using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor;

/// <summary>Looks at a Matrix server as others see it, and puts into words what is wrong.</summary>
internal sealed class Examiner(TimeProvider time)
{
    /// <summary>All checks side by side; the findings come in the order of cause and consequence.</summary>
    /// <param name="progress">Hears of each finding as soon as it is there; may be null.</param>
    /// <param name="learn">Gets the facts when everything was looked at; may be null.</param>
    public async Task<Examination> ExamineAsync(ExaminationOrder order, IProgress<Finding>? progress, CancellationToken stop, Action<Facts>? learn = null)
    {
        var begun = time.GetTimestamp();
        var now = time.GetUtcNow();
        using var limit = new CancellationTokenSource(order.Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);

        var dns = new DnsClient(order.Resolvers, time) { Patience = Min(order.Patience, TimeSpan.FromSeconds(3)) };
        var names = new NameFinder(dns, either.Token);
        var facts = new Facts(order.Name, now, order.Own);
        using var looker = new Looker(order.Network, new CertificateTrust(order.Roots, time), await FindHomeAsync(order, names), time) { Patience = order.Patience };
        var gathering = new FactGathering(facts, looker, names, either.Token);

        var findings = await Task.WhenAll(Checkup.All.Select(check => ExamineAsync(check, gathering, facts, progress, order, stop)));
        stop.ThrowIfCancellationRequested();
        await gathering.EndAsync();
        learn?.Invoke(facts);
        return new Examination(order.Name.ToString(), now, time.GetElapsedTime(begun), Route(facts), Seen(facts), [.. findings]);
    }

    [SuppressMessage("Design", "CA1031", Justification = "What one check stumbles over must not take away what the others found.")]
    private static async Task<Finding> ExamineAsync(Check check, FactGathering gathering, Facts facts, IProgress<Finding>? progress, ExaminationOrder order, CancellationToken stop)
    {
        Finding finding;
        try
        {
            await gathering.NeedAsync(check.Needs);
            finding = check.Examine(facts);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Whatever could not be seen in so long a time, nobody else sees either.
            finding = new Finding(
                check.Id, check.Title, FindingOutcome.Fail, $"what it needs was not known after {order.Limit.TotalSeconds:0} s", [],
                "The name servers, or the server itself, answer too slowly or not at all", "See what comes before, and look once more, with less --timeout or from another network", check.Anchor);
        }
        catch (OperationCanceledException)
        {
            return Skipped(check, "the examination was broken off");
        }
        catch (Exception exception)
        {
            finding = Skipped(check, $"the doctor itself failed here, please report it: {exception.GetType().Name}, {exception.Message.TrimEnd('.')}");
        }

        progress?.Report(finding);
        return finding;
    }

    private static Finding Skipped(Check check, string reason) => new(check.Id, check.Title, FindingOutcome.Skip, reason, [], null, null, null);

    // Own sites may well lead to private addresses as seen from here. A stranger's documents may lead nowhere but where its name is, or into the public.
    private static async Task<AddressScope?> FindHomeAsync(ExaminationOrder order, NameFinder names)
    {
        if (order.Own is not null)
            return null;

        try
        {
            return (await names.FindAsync(order.Name.Host)).Addresses.Select(address => address.Scope()).Order().FirstOrDefault(AddressScope.Public);
        }
        catch (OperationCanceledException)
        {
            return AddressScope.Public; // too late for everything that follows, which says so
        }
    }

    private static ImmutableArray<string> Route(Facts facts) => facts.HasDelegation ? [.. facts.Delegation.Found.Route.Select(step => Delegation.JsonAnswer.Bound(step, Check.LongestText))] : [];

    private static ImmutableArray<SeenCertificate> Seen(Facts facts) => facts.HasPorts
        ? [.. facts.Ports.Looks.Select(look => new SeenCertificate(look.Host, look.EndPoint.Address, look.EndPoint.Port, look.Tls?.Certificate.Leaf.SerialNumber, look.Tls?.Certificate.NotAfter, look.Failure?.Words))]
        : [];

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
