using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace MatrixEdge.Dns;

/// <summary>A key that both sides know; signs messages and verifies answers to them (RFC 8945). The secret is never shown.</summary>
internal sealed class TsigKey(DnsName name, TsigAlgorithm algorithm, ImmutableArray<byte> secret) : IEquatable<TsigKey>
{
    /// <summary>By how much the clocks may differ (RFC 8945 §10).</summary>
    public static readonly TimeSpan Fudge = TimeSpan.FromMinutes(5);

    private const int CountOffset = 10;

    private readonly DnsName algorithmName = DnsName.Parse(NameOf(algorithm));

    public DnsName Name => name;

    public TsigAlgorithm Algorithm => algorithm;

    /// <summary>As DNS calls it, for example <c>hmac-sha256</c>.</summary>
    public static string NameOf(TsigAlgorithm algorithm) => algorithm switch
    {
        TsigAlgorithm.HmacSha256 => "hmac-sha256",
        TsigAlgorithm.HmacSha384 => "hmac-sha384",
        _ => "hmac-sha512",
    };

    /// <summary>The message with a signature at its end (§5.1), and the MAC that the answer's signature builds upon.</summary>
    public byte[] Sign(DnsMessage message, DateTimeOffset now, out byte[] mac)
    {
        var plain = DnsMessageWriter.Write(message);
        var signature = new TsigRecord(
            name, algorithmName, (ulong)now.ToUnixTimeSeconds(), (ushort)Fudge.TotalSeconds, [], message.Id, DnsCode.NoError, [], plain.Length);
        mac = ComputeMac([], plain, signature);

        var signed = new ArrayBufferWriter<byte>();
        signed.Write(plain);
        signed.Write(name.Octets);
        Write(signed, (ushort)DnsType.TSIG);
        Write(signed, (ushort)DnsClass.Any);
        Write(signed, 0u);
        var times = TimesOf(signature);
        Write(signed, (ushort)(algorithmName.Octets.Length + times.Length + 2 + mac.Length + 6));
        signed.Write(algorithmName.Octets);
        signed.Write(times);
        Write(signed, (ushort)mac.Length);
        signed.Write(mac);
        Write(signed, message.Id);
        Write(signed, (ushort)DnsCode.NoError);
        Write(signed, (ushort)0);

        var octets = signed.WrittenSpan.ToArray();
        var count = octets.AsSpan(CountOffset);
        BinaryPrimitives.WriteUInt16BigEndian(count, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(count) + 1));
        return octets;
    }

    /// <summary>What is to be thought of the answer's signature (§5.3, §5.4).</summary>
    /// <param name="octets">The answer as it came.</param>
    /// <param name="answer">The same, read.</param>
    /// <param name="requestMac">What <see cref="Sign"/> gave for the question.</param>
    public TsigVerdict Verify(ReadOnlySpan<byte> octets, DnsMessage answer, ReadOnlySpan<byte> requestMac, DateTimeOffset now)
    {
        if (answer.Signature is not { } signature || signature.Mac.IsEmpty)
            return TsigVerdict.Unsigned;

        if (!signature.KeyName.Equals(name) || !signature.Algorithm.Equals(algorithmName))
            return TsigVerdict.Wrong;

        // §4.3: signed was the message before the signature was appended, with its original id.
        var plain = octets[..signature.Offset].ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(plain, signature.OriginalId);
        var count = plain.AsSpan(CountOffset);
        BinaryPrimitives.WriteUInt16BigEndian(count, (ushort)(BinaryPrimitives.ReadUInt16BigEndian(count) - 1));

        // No shortened MAC is taken (§5.2.2.1 leaves that to the receiver).
        if (!CryptographicOperations.FixedTimeEquals(ComputeMac(requestMac, plain, signature), signature.Mac.AsSpan()))
            return TsigVerdict.Wrong;

        var difference = Math.Abs((long)signature.TimeSigned - now.ToUnixTimeSeconds());
        return difference <= signature.Fudge ? TsigVerdict.Good : TsigVerdict.OutOfTime;
    }

    public bool Equals(TsigKey? other) =>
        other is not null && name.Equals(other.Name) && algorithm == other.Algorithm && other.HasSecret(secret);

    public override bool Equals(object? obj) => Equals(obj as TsigKey);

    public override int GetHashCode() => name.GetHashCode();

    private bool HasSecret(ImmutableArray<byte> other) => CryptographicOperations.FixedTimeEquals(secret.AsSpan(), other.AsSpan());

    // §4.3.1 to §4.3.3.
    private byte[] ComputeMac(ReadOnlySpan<byte> requestMac, ReadOnlySpan<byte> plain, TsigRecord signature)
    {
        var digested = new ArrayBufferWriter<byte>();
        if (!requestMac.IsEmpty)
        {
            Write(digested, (ushort)requestMac.Length);
            digested.Write(requestMac);
        }

        digested.Write(plain);
        digested.Write(name.ToCanonical());
        Write(digested, (ushort)DnsClass.Any);
        Write(digested, 0u);
        digested.Write(algorithmName.ToCanonical());
        digested.Write(TimesOf(signature));
        Write(digested, (ushort)signature.Error);
        Write(digested, (ushort)signature.Other.Length);
        digested.Write(signature.Other.AsSpan());

        return algorithm switch
        {
            TsigAlgorithm.HmacSha256 => HMACSHA256.HashData(secret.AsSpan(), digested.WrittenSpan),
            TsigAlgorithm.HmacSha384 => HMACSHA384.HashData(secret.AsSpan(), digested.WrittenSpan),
            _ => HMACSHA512.HashData(secret.AsSpan(), digested.WrittenSpan),
        };
    }

    private static byte[] TimesOf(TsigRecord signature)
    {
        var times = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(times, signature.TimeSigned << 16 | signature.Fudge);
        return times;
    }

    private static void Write(ArrayBufferWriter<byte> to, ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to.GetSpan(2), number);
        to.Advance(2);
    }

    private static void Write(ArrayBufferWriter<byte> to, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to.GetSpan(4), number);
        to.Advance(4);
    }
}
