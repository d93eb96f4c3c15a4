using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace MatrixEdge.Website;

/// <summary>
/// One state of one file in one encoding, and what of it a request is to get: conditions and ranges in the order of RFC 9110
/// §13.2.2.
/// </summary>
internal sealed class Representation
{
    // A file system's clock can be as coarse as two seconds; what was written this recently may change unnoticed.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly long length;
    private readonly bool isSettled;

    /// <param name="length">In bytes.</param>
    /// <param name="modified">When the file was written.</param>
    /// <param name="encoding">As HTTP names it; null for none.</param>
    public Representation(long length, DateTimeOffset modified, string? encoding, DateTimeOffset now)
    {
        this.length = length;
        isSettled = now - modified >= Settled;

        // Nobody believes a time that is still to come (RFC 9110 §8.8.2.1). HTTP knows whole seconds.
        var time = modified < now ? modified : now;
        LastModified = time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
        EntityTag = new EntityTagHeaderValue(
            string.Create(CultureInfo.InvariantCulture, $"\"{modified.UtcTicks:x}-{length:x}{(encoding is null ? "" : "-")}{encoding}\""), isWeak: !isSettled);
    }

    /// <summary>Differs between states and encodings; weak as long as a change could go unnoticed (RFC 9110 §8.8.1).</summary>
    public EntityTagHeaderValue EntityTag { get; }

    public DateTimeOffset LastModified { get; }

    /// <summary>What a GET or HEAD with these headers gets.</summary>
    public Selection Select(bool isGet, IHeaderDictionary headers)
    {
        // 1 and 2: is it still what the client thinks?
        if (headers.IfMatch.Count > 0)
        {
            if (!Matches(headers.IfMatch, useStrongComparison: true))
                return new Selection(StatusCodes.Status412PreconditionFailed, 0, 0);
        }
        else if (HeaderUtilities.TryParseDate(headers.IfUnmodifiedSince.ToString(), out var unmodifiedSince) && LastModified > unmodifiedSince)
        {
            return new Selection(StatusCodes.Status412PreconditionFailed, 0, 0);
        }

        // 3 and 4: does the client have it?
        var isKnown = headers.IfNoneMatch.Count > 0
            ? Matches(headers.IfNoneMatch, useStrongComparison: false)
            : HeaderUtilities.TryParseDate(headers.IfModifiedSince.ToString(), out var modifiedSince) && LastModified <= modifiedSince;
        if (isKnown)
            return new Selection(StatusCodes.Status304NotModified, 0, 0);

        // 5: a part of it, of the same state as the parts that the client has.
        return isGet && headers.Range.Count > 0 && IsForThisState(headers.IfRange.ToString())
            ? SelectRange(headers.Range.ToString())
            : Whole;
    }

    // Several ranges may be answered with the whole (RFC 9110 §14.2), and so is what cannot be understood.
    private Selection SelectRange(string header)
    {
        if (!RangeHeaderValue.TryParse(header, out var ranges) || ranges.Unit != "bytes" || ranges.Ranges is not { Count: 1 })
            return Whole;

        var range = ranges.Ranges.First();
        if (range.From is { } from)
        {
            return from >= length
                ? Unsatisfiable
                : new Selection(StatusCodes.Status206PartialContent, from, Math.Min(range.To ?? long.MaxValue, length - 1) - from + 1);
        }

        // The last bytes. Of an empty file those are none, and Content-Range has no way to say so.
        var last = Math.Min(range.To!.Value, length);
        return range.To == 0 ? Unsatisfiable
            : length == 0 ? Whole
            : new Selection(StatusCodes.Status206PartialContent, length - last, last);
    }

    // Strong comparison; a date only when the file cannot have changed within its second (RFC 9110 §13.1.5).
    private bool IsForThisState(string ifRange)
    {
        if (ifRange.Length == 0)
            return true;
        if (!RangeConditionHeaderValue.TryParse(ifRange, out var condition))
            return false;
        return condition.EntityTag is { } tag ? EntityTag.Compare(tag, useStrongComparison: true) : isSettled && condition.LastModified == LastModified;
    }

    private bool Matches(IList<string?> tags, bool useStrongComparison)
    {
        if (!EntityTagHeaderValue.TryParseList(tags!, out var list))
            return false;

        foreach (var tag in list)
        {
            if (tag.Equals(EntityTagHeaderValue.Any) || EntityTag.Compare(tag, useStrongComparison))
                return true;
        }

        return false;
    }

    private Selection Whole => new(StatusCodes.Status200OK, 0, length);

    private static Selection Unsatisfiable => new(StatusCodes.Status416RangeNotSatisfiable, 0, 0);
}
