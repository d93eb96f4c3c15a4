using System.Collections.Immutable;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace MatrixEdge.Website;

/// <summary>A way in which a file may lie there compressed beside itself: <c>app.js.br</c> for <c>app.js</c>.</summary>
/// <param name="Name">As HTTP names it.</param>
/// <param name="Extension">What is appended to the file's name.</param>
internal sealed record ContentEncoding(string Name, string Extension)
{
    /// <summary>What is looked for; the smallest first, as it usually comes out.</summary>
    public static readonly ImmutableArray<ContentEncoding> All = [new("br", ".br"), new("zstd", ".zst"), new("gzip", ".gz")];

    /// <summary>Below every weight that a client can give: what it does not name is taken only if nothing is that it names.</summary>
    private const double Unnamed = 0.0001;

    /// <summary>
    /// Chooses among what is there by the client's weights (RFC 9110 §12.5.3); null for the file as it is, which is also sent to
    /// who wants nothing of all that.
    /// </summary>
    public static ContentEncoding? Choose(IEnumerable<ContentEncoding> available, StringValues acceptEncoding)
    {
        if (StringValues.IsNullOrEmpty(acceptEncoding) || !StringWithQualityHeaderValue.TryParseList(acceptEncoding, out var weights))
            return null;

        ContentEncoding? best = null;
        var most = Weight(weights, "identity") ?? Weight(weights, "*") ?? Unnamed;
        foreach (var encoding in available)
        {
            var weight = Weight(weights, encoding.Name) ?? Weight(weights, "*") ?? 0;
            if (weight > 0 && (weight > most || (best is null && weight >= most)))
                (best, most) = (encoding, weight);
        }

        return best;
    }

    private static double? Weight(IList<StringWithQualityHeaderValue> weights, string name)
    {
        foreach (var weight in weights)
        {
            if (weight.Value.Equals(name, StringComparison.OrdinalIgnoreCase) || (name == "gzip" && weight.Value.Equals("x-gzip", StringComparison.OrdinalIgnoreCase)))
                return weight.Quality ?? 1;
        }

        return null;
    }
}
