using MatrixEdge.Doctor.Gathering;
using MatrixEdge.Observability;

namespace MatrixEdge.Doctor.Checks;

/// <summary>Whether the services that the document for clients names for calls answer (MSC4143).</summary>
internal sealed class CallsCheck() : Check("calls", "Calls", Piece.Documents)
{
    public override Finding Examine(Facts facts)
    {
        var calls = facts.Documents.Calls;
        if (calls.IsEmpty)
            return Skip("the document for clients names no service for calls");

        foreach (var call in calls)
        {
            var evidence = new[] { call.Health?.Words, call.Preflight?.Words, call.Failure }.OfType<string>();
            if ((call.Failure ?? call.Health?.Failure?.Words ?? (call.Health is null ? null : CertificateWords.FindFault(call.Health))) is { } failure)
                return Fail($"the service for calls at {call.Service.OriginalString} cannot be reached: {failure}", "It is not running, or its host or path does not lead there", "Correct livekit_service_url, or what its path is passed on to", evidence);
            if (call.Health!.Status != 200)
            {
                return Fail(
                    $"the service for calls at {call.Service.OriginalString} answers /healthz with {call.Health.Status}", "The path is not passed on to the token service, or its prefix is not taken off",
                    "Pass the path on to lk-jwt-service without its prefix (here: Calls)", evidence);
            }

            if (call.Preflight is { IsAnswered: true } preflight && CorsWords.FindFault(preflight) is { } fault)
                return Fail($"browsers may not ask the service for calls at {call.Service.OriginalString}: {fault}", CorsWords.IsDoubled(preflight) ? "The service adds the header, and the front once more" : "OPTIONS is not passed on to the service", "Pass OPTIONS on, and add no CORS headers of your own", evidence);
        }

        return Ok($"{string.Join(", ", calls.Select(call => call.Service.OriginalString))} answers");
    }
}
