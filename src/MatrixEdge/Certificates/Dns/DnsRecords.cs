using MatrixEdge.Configuration;
using MatrixEdge.Dns;

namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// The room's front door: publishing records for dns-01 (RFC 8555 §8.4) by a program of the operator's or by dynamic updates.
/// Relies on <c>Dns</c> for what goes over the wire; never touches a record that it was not told about.
/// </summary>
internal static class DnsRecords
{
    public static IDnsRecords Create(DnsSettings settings, TimeProvider time, ILoggerFactory loggers)
    {
        IDnsRecords records = settings switch
        {
            { Hook: { } hook } => new HookDnsRecords(hook, time, loggers.CreateLogger<HookDnsRecords>()),
            { Update: { } update } => new Rfc2136DnsRecords(update, time),
            _ => throw new ArgumentException("Neither a hook nor a server is configured", nameof(settings)),
        };

        var client = settings.Resolvers.IsEmpty ? DnsClient.OfSystem(time) : new DnsClient(settings.Resolvers, time);
        var propagation = new Propagation(client, settings.PropagationTimeout, time, loggers.CreateLogger<Propagation>());
        return new VisibleDnsRecords(records, client, propagation, loggers.CreateLogger<VisibleDnsRecords>());
    }
}
