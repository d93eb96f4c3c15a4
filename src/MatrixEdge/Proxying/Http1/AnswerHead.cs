using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace MatrixEdge.Proxying.Http1;

/// <summary>
/// The head of an answer: status line, headers, and what they say of where the body ends (RFC 9112 §4 to §6.3). Read strictly: what
/// two programs could understand differently is refused, since the bytes behind it would be taken for somebody else's answer.
/// </summary>
internal sealed class AnswerHead
{
    private const int StatusLineLength = 12; // "HTTP/1.1 200"

    private static readonly TextCache Names = new(1024);
    private static readonly TextCache Values = new(1024);

    private readonly List<KeyValuePair<string, string>> fields = new(24);

    static AnswerHead()
    {
        // The very strings that Kestrel compares by reference.
        foreach (var name in (string[])
            [
                HeaderNames.AccessControlAllowHeaders, HeaderNames.AccessControlAllowMethods, HeaderNames.AccessControlAllowOrigin, HeaderNames.AccessControlExposeHeaders,
                HeaderNames.AcceptRanges, HeaderNames.Age, HeaderNames.CacheControl, HeaderNames.ContentDisposition, HeaderNames.ContentEncoding, HeaderNames.ContentLanguage,
                HeaderNames.ContentSecurityPolicy, HeaderNames.ContentType, HeaderNames.Date, HeaderNames.ETag, HeaderNames.Expires, HeaderNames.LastModified, HeaderNames.Location,
                HeaderNames.Pragma, HeaderNames.RetryAfter, HeaderNames.Server, HeaderNames.SetCookie, HeaderNames.Vary, HeaderNames.WWWAuthenticate, HeaderNames.XContentTypeOptions,
            ])
            Names.Add(name);
    }

    public int Status { get; private set; }

    /// <summary>The words behind the status; empty where there are none.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>Of the body, in bytes; null when only its end or that of the connection tells.</summary>
    public long? ContentLength { get; private set; }

    public bool IsChunked { get; private set; }

    /// <summary>Whether the connection may be used again when the body is over.</summary>
    public bool IsPersistent { get; private set; }

    /// <summary>What is for the client: without the hop-by-hop headers, and without the length.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> Fields => CollectionsMarshal.AsSpan(fields);

    /// <summary>Whether it goes before another one (RFC 9110 §15.2).</summary>
    public bool IsInterim => Status is >= 100 and < 200;

    /// <summary>Of a status without body, whatever the headers say.</summary>
    public bool HasNoBody => Status is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>How long the head is with its empty line; 0 when more must come.</summary>
    public static int FindEnd(ReadOnlySpan<byte> bytes) => bytes.IndexOf("\r\n\r\n"u8) + 4 is var end and > 3 ? end : 0;

    /// <summary>Whether what has come so far can become an answer; a program that speaks something else is not waited for.</summary>
    public static bool CouldBe(ReadOnlySpan<byte> bytes) => bytes.Length < 7 ? "HTTP/1."u8.StartsWith(bytes) : bytes.StartsWith("HTTP/1."u8);

    public string? Find(string name)
    {
        foreach (var field in fields)
        {
            if (field.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return field.Value;
        }

        return null;
    }

    /// <param name="head">All of it, with the empty line.</param>
    /// <exception cref="MessageException">It is none.</exception>
    public void Read(ReadOnlySpan<byte> head)
    {
        Forget();
        var end = head.IndexOf("\r\n"u8);
        var isOlder = ReadStatusLine(head[..end]);
        ReadFields(head[(end + 2)..], isOlder);
    }

    /// <summary>Reads the fields behind the last chunk (RFC 9112 §7.1.2), in place of those of the head.</summary>
    /// <param name="trailers">All of them, with the empty line.</param>
    /// <exception cref="MessageException">They are none.</exception>
    public void ReadTrailers(ReadOnlySpan<byte> trailers)
    {
        var isPersistent = IsPersistent; // the head's word
        fields.Clear();
        ReadFields(trailers, isOlder: false);
        IsPersistent = isPersistent;
    }

    /// <summary>Holds on to nothing of what was read.</summary>
    public void Forget()
    {
        fields.Clear();
        (Status, Reason, ContentLength, IsChunked, IsPersistent) = (0, "", null, false, false);
    }

    private void ReadFields(ReadOnlySpan<byte> rest, bool isOlder)
    {
        var (hasLength, isClosed, isKept, named) = (false, false, false, (List<string>?)null);
        for (var end = 0; rest.Length > 2; rest = rest[(end + 2)..])
        {
            end = rest.IndexOf("\r\n"u8);
            var line = rest[..end];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || line[..colon].ContainsAnyExcept(Grammar.TokenBytes))
                throw new MessageException("a line of the head is no header"); // nor the rest of the one before (RFC 9112 §5.2)

            var bytes = line[(colon + 1)..].Trim(" \t"u8);
            if (bytes.ContainsAny(Grammar.Controls))
                throw new MessageException("a header holds control characters");

            var name = Names.Get(line[..colon]);
            switch (Kind(name))
            {
                case FieldKind.Length:
                    ReadLength(bytes, hasLength);
                    hasLength = true;
                    break;

                case FieldKind.TransferEncoding:
                    if (IsChunked || isOlder || !Ascii.EqualsIgnoreCase(bytes, "chunked"u8))
                        throw new MessageException("the transfer coding of the body is not chunked alone");
                    IsChunked = true;
                    break;

                case FieldKind.Connection:
                    foreach (var range in bytes.Split((byte)','))
                    {
                        var option = bytes[range].Trim(" \t"u8);
                        if (Ascii.EqualsIgnoreCase(option, "close"u8))
                            isClosed = true;
                        else if (Ascii.EqualsIgnoreCase(option, "keep-alive"u8))
                            isKept = true;
                        else
                            (named ??= []).Add(Encoding.Latin1.GetString(option));
                    }

                    break;

                case FieldKind.HopByHop:
                    break;

                default:
                    fields.Add(KeyValuePair.Create(name, Values.Get(bytes)));
                    break;
            }
        }

        IsPersistent = !isClosed && (!isOlder || isKept);
        if (named is not null)
            Remove(named);

        // Either could be meant, which is how answers are smuggled (RFC 9112 §6.3): the chunks count, and nothing behind them does.
        if (IsChunked && hasLength)
            (ContentLength, IsPersistent) = (null, false);
    }

    private void Remove(List<string> names) => fields.RemoveAll(field => names.Contains(field.Key, StringComparer.OrdinalIgnoreCase));

    // True for HTTP/1.0. A missing space behind the status is common and harmless.
    private bool ReadStatusLine(ReadOnlySpan<byte> line)
    {
        if (line.Length < StatusLineLength || !line.StartsWith("HTTP/1."u8) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' '
            || !Utf8Parser.TryParse(line.Slice(9, 3), out int status, out var digits) || digits != 3 || status < 100
            || (line.Length > StatusLineLength && line[StatusLineLength] != ' ') || line.ContainsAny(Grammar.Controls))
            throw new MessageException("it does not begin as an HTTP/1.1 answer");

        Status = status;
        Reason = line.Length > StatusLineLength + 1 ? Values.Get(line[(StatusLineLength + 1)..]) : "";
        return line[7] == '0';
    }

    private void ReadLength(ReadOnlySpan<byte> value, bool isSecond)
    {
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9') || !Utf8Parser.TryParse(value, out long length, out _) || (isSecond && length != ContentLength))
            throw new MessageException("the length of the body is no number, or there are several");
        ContentLength = length;
    }

    private static FieldKind Kind(string name) => name.Length switch
    {
        2 when Is(name, "TE") => FieldKind.HopByHop,
        7 when Is(name, "Upgrade") || Is(name, "Alt-Svc") => FieldKind.HopByHop, // names ports of the backend's, which are not the gateway's
        10 when Is(name, "Connection") => FieldKind.Connection,
        10 when Is(name, "Keep-Alive") => FieldKind.HopByHop,
        14 when Is(name, "Content-Length") => FieldKind.Length,
        16 when Is(name, "Proxy-Connection") => FieldKind.HopByHop,
        17 when Is(name, "Transfer-Encoding") => FieldKind.TransferEncoding,
        18 when Is(name, "Proxy-Authenticate") => FieldKind.HopByHop,
        _ => FieldKind.EndToEnd,
    };

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);

    private enum FieldKind
    {
        EndToEnd,
        HopByHop,
        Length,
        TransferEncoding,
        Connection,
    }
}
