using System.Globalization;

namespace MatrixEdge.Dns;

/// <summary>Answer codes as administrators know them.</summary>
internal static class DnsCodeWords
{
    public static string Mnemonic(this DnsCode code) => code switch
    {
        DnsCode.NoError => "NOERROR",
        DnsCode.FormatError => "FORMERR",
        DnsCode.ServerFailure => "SERVFAIL",
        DnsCode.NameError => "NXDOMAIN",
        DnsCode.NotImplemented => "NOTIMP",
        DnsCode.Refused => "REFUSED",
        DnsCode.NameExists => "YXDOMAIN",
        DnsCode.RecordsExist => "YXRRSET",
        DnsCode.RecordsMissing => "NXRRSET",
        DnsCode.NotAuthoritative => "NOTAUTH",
        DnsCode.NotInZone => "NOTZONE",
        DnsCode.BadVersionOrSignature => "BADVERS",
        DnsCode.BadKey => "BADKEY",
        DnsCode.BadTime => "BADTIME",
        _ => string.Create(CultureInfo.InvariantCulture, $"RCODE {(int)code}"),
    };
}
