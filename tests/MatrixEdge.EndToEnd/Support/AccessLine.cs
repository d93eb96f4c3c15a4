using System.Globalization;
using System.Text.RegularExpressions;

namespace MatrixEdge.EndToEnd.Support;

/// <summary>A request as Synapse saw it: the client's address as it believes it, the target as it came over the wire.</summary>
internal sealed partial record AccessLine(string Address, int Status, string Method, string Target)
{
    public static AccessLine? Parse(string line) =>
        Pattern().Match(line) is { Success: true, Groups: var parts }
            ? new AccessLine(parts[1].Value, int.Parse(parts[2].Value, CultureInfo.InvariantCulture), parts[3].Value, parts[4].Value)
            : null;

    [GeneratedRegex(@" synapse\.access\.http\.\S+ (\S+) - \S+ - \{.*\} Processed request: .* -?\d+B (\d+)!? ""(\S+) (.*) HTTP/1\.[01]"" """)]
    private static partial Regex Pattern();
}
