using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Doctor.Looking;

namespace MatrixEdge.Doctor.Checks;

/// <summary>What a browser makes of an answer (Fetch §4.10).</summary>
internal static class CorsWords
{
    private const string AllowOrigin = "Access-Control-Allow-Origin";

    /// <summary>Why a page of another site may not read it, without a final dot; null when it may.</summary>
    public static string? FindFault(HttpLook look)
    {
        var lines = look.All(AllowOrigin).ToList();
        if (lines.Count == 0)
            return $"{AllowOrigin} is missing";
        if (lines.Count > 1 || lines[0].Contains(','))
            return $"{AllowOrigin} is there twice ({Delegation.JsonAnswer.Shorten(string.Join(", ", lines))}), which browsers refuse";
        return lines[0] is "*" or FactGathering.Origin ? null : $"{AllowOrigin} allows {Delegation.JsonAnswer.Shorten(lines[0])} alone";
    }

    /// <summary>Whether it is there twice: homeserver and proxy both add it.</summary>
    public static bool IsDoubled(HttpLook look) => look.All(AllowOrigin).Count() > 1 || look.Header(AllowOrigin)?.Contains(',') == true;
}
