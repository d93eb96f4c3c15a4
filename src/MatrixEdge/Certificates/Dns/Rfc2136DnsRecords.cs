using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using MatrixEdge.Configuration;
using MatrixEdge.Dns;

namespace MatrixEdge.Certificates.Dns;

/// <summary>
/// Publishes records on a name server that takes dynamic updates (RFC 2136) signed with a key that it shares with the gateway
/// (TSIG, RFC 8945), over TCP. An answer is believed only if the server signed it.
/// </summary>
internal sealed class Rfc2136DnsRecords(DnsUpdateSettings settings, TimeProvider time) : IDnsRecords
{
    /// <summary>How long one exchange with one address of the server may take.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public Task AddAsync(string name, string value, CancellationToken stop) =>
        UpdateAsync(name, value, DnsClass.Internet, settings.TimeToLive, stop);

    // RFC 2136 §2.5.4: class NONE takes away this one value, and it is no error if it is not there.
    public Task RemoveAsync(string name, string value, CancellationToken stop) =>
        UpdateAsync(name, value, DnsClass.None, TimeSpan.Zero, stop);

    private async Task UpdateAsync(string name, string value, DnsClass @class, TimeSpan timeToLive, CancellationToken stop)
    {
        if (!DnsName.TryParse(name, out var owner))
            throw new DnsRecordException($"{name} is no name that a record could have");

        var server = await FindServerAsync(stop);
        var zone = settings.Zone ?? await FindZoneAsync(server, owner, stop);
        if (!owner.IsWithin(zone))
            throw new DnsRecordException($"{name} is not in the zone {zone} that updates are configured for; give the zone it belongs to in Zone, or leave Zone out");

        var record = new DnsRecord(owner, DnsType.TXT, @class, timeToLive, new TextData([value]));
        var answer = await ExchangeAsync(server, new DnsMessage
        {
            Opcode = DnsOpcode.Update,
            Questions = [new DnsQuestion(zone, DnsType.SOA)],
            Authority = [record],
        }, $"change {name} in the zone {zone}", stop);

        if (answer.Code != DnsCode.NoError)
            throw new DnsRecordException($"The name server {Server} refused to change {name} ({answer.Code.Mnemonic()}): {Explain(answer.Code, zone)}");
    }

    private async Task<DnsName> FindZoneAsync(IPAddress[] server, DnsName owner, CancellationToken stop)
    {
        for (var at = owner; at is { IsRoot: false }; at = at.Parent)
        {
            var answer = await ExchangeAsync(server, new DnsMessage { Questions = [new DnsQuestion(at, DnsType.SOA)] }, $"tell the zone of {owner}", stop);

            // A server that merely refers to others, or remembers what they said, cannot be updated.
            if (answer.IsAuthoritative && answer.FindZoneOf(at) is { } zone)
                return zone;
        }

        throw new DnsRecordException($"The name server {Server} is authoritative for no zone that holds {owner}; give the zone's primary server in Server");
    }

    /// <summary>Signs, sends to the first address that takes it, and returns only an answer that carries a good signature.</summary>
    private async Task<DnsMessage> ExchangeAsync(IPAddress[] server, DnsMessage message, string purpose, CancellationToken stop)
    {
        var failures = new List<string>();
        foreach (var address in server)
        {
            var endPoint = new IPEndPoint(address, settings.Port);
            using var patience = new CancellationTokenSource(Patience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
            try
            {
                var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
                var request = settings.Key.Sign(message with { Id = id }, time.GetUtcNow(), out var mac);
                var octets = await DnsTransport.ExchangeByTcpAsync(endPoint, request, either.Token);
                return Verify(octets, message with { Id = id }, mac, purpose);
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                failures.Add(string.Create(CultureInfo.InvariantCulture, $"{endPoint} did not answer within {Patience.TotalSeconds:0} s"));
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                failures.Add($"{endPoint}: {exception.Message}");
            }
            catch (DnsFormatException exception)
            {
                throw new DnsRecordException($"The name server {Server} was asked to {purpose} and sent what is no DNS message: {exception.Message}", exception);
            }
        }

        throw new DnsRecordException($"The name server {Server} cannot be reached by TCP: {string.Join("; ", failures)}. See whether it runs and whether a firewall lets TCP through to it");
    }

    private DnsMessage Verify(byte[] octets, DnsMessage request, byte[] mac, string purpose)
    {
        var answer = DnsMessageReader.Read(octets);
        if (answer.Id != request.Id || !answer.IsResponse || answer.Opcode != request.Opcode)
            throw new DnsFormatException("it answers another question");

        // Told before anything else, since with these the server's answer cannot be, or need not be, signed (RFC 8945 §5.2).
        var key = $"the key \"{settings.Key.Name}\" ({TsigKey.NameOf(settings.Key.Algorithm)})";
        var asked = $"The name server {Server} was asked to {purpose} and";
        switch (answer.Signature?.Error)
        {
            case DnsCode.BadKey:
                throw new DnsRecordException($"{asked} does not know {key}: compare KeyName and KeyAlgorithm with the server's configuration");
            case DnsCode.BadVersionOrSignature:
                throw new DnsRecordException($"{asked} has another secret for {key}: compare KeySecret with the server's configuration");
            case DnsCode.BadTime:
                throw new DnsRecordException($"{asked} did not take the signature for its time (BADTIME): {ExplainTime(answer.Signature)}");
        }

        switch (settings.Key.Verify(octets, answer, mac, time.GetUtcNow()))
        {
            case TsigVerdict.Good:
                return answer;
            case TsigVerdict.OutOfTime:
                throw new DnsRecordException($"{asked} answered with a signature of another time: {ExplainTime(answer.Signature!)}");
            case TsigVerdict.Unsigned when answer.Code != DnsCode.NoError:
                throw new DnsRecordException($"{asked} refused without a signature ({answer.Code.Mnemonic()}): {Explain(answer.Code, null)}");
            case TsigVerdict.Unsigned:
                throw new DnsRecordException($"{asked} answered without a signature, so anybody may have answered; see whether it is configured with {key}");
            default:
                throw new DnsRecordException($"{asked} answered with a wrong signature: it has another secret for {key}, or someone changed the answer on its way");
        }
    }

    private string ExplainTime(TsigRecord signature)
    {
        var here = time.GetUtcNow();
        var seconds = signature.Error == DnsCode.BadTime && signature.Other.Length == 6
            ? (long)BinaryPrimitives.ReadUInt16BigEndian(signature.Other.AsSpan()) << 32 | BinaryPrimitives.ReadUInt32BigEndian(signature.Other.AsSpan()[2..])
            : (long)signature.TimeSigned;
        if (seconds == here.ToUnixTimeSeconds() || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
            return "the clocks differ too much; set both by NTP";

        var there = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"it is {there:u} there and {here:u} here, {(there - here).Duration():g} apart, and {TsigKey.Fudge.TotalMinutes:0} minutes are allowed; set both clocks by NTP");
    }

    private static string Explain(DnsCode code, DnsName? zone) => code switch
    {
        DnsCode.Refused => "the key may not do that; allow it there (BIND: allow-update or update-policy of the zone)",
        DnsCode.NotAuthoritative => $"it is not the primary server of {(zone is null ? "this zone" : $"the zone {zone}")}; give the one that is in Server, or the right zone in Zone",
        DnsCode.NotInZone => $"the name does not belong to {(zone is null ? "this zone" : $"the zone {zone}")}; give the right one in Zone, or leave Zone out",
        DnsCode.NotImplemented => "it does not take dynamic updates (RFC 2136)",
        DnsCode.FormatError => "it did not understand the request",
        DnsCode.ServerFailure => "it failed; its log says why, often that it cannot write the zone's journal",
        _ => "its log may say why",
    };

    private async Task<IPAddress[]> FindServerAsync(CancellationToken stop)
    {
        if (IPAddress.TryParse(settings.Host, out var address))
            return [address];

        try
        {
            // The system's way, with /etc/hosts and search domains: the name may be one of a container network.
            return await System.Net.Dns.GetHostAddressesAsync(settings.Host, stop);
        }
        catch (SocketException exception)
        {
            throw new DnsRecordException($"The name server {settings.Host} has no address: {exception.Message}; give its address in Server", exception);
        }
    }

    private string Server => settings.Port == DnsAddress.Port ? settings.Host : $"{(settings.Host.Contains(':', StringComparison.Ordinal) ? $"[{settings.Host}]" : settings.Host)}:{settings.Port}";
}
