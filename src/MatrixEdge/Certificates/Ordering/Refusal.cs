using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using MatrixEdge.Acme;

namespace MatrixEdge.Certificates.Ordering;

/// <summary>What an authority's refusal means for the plan, and what the operator can do about it. Pure.</summary>
internal static partial class Refusal
{
    // Nobody but the operator can mend these; the remedy is for him.
    private static readonly (string Error, string Remedy)[] ForTheOperator =
    [
        (AcmeErrors.UserActionRequired, "Read and accept what the authority asks for, then run: matrixedge certificates renew"),
        (AcmeErrors.ExternalAccountRequired, "Write Certificate:ExternalAccountBinding with the KeyId and Key that the authority's web site shows"),
        (AcmeErrors.Unauthorized, "The authority does not accept the account, its binding or its key: look at Certificate:ExternalAccountBinding, or whether the account was deactivated. To begin with a new account, remove the folder acme from the store"),
        (AcmeErrors.AccountDoesNotExist, "Remove the folder acme from the store to begin with a new account"),
        (AcmeErrors.RejectedIdentifier, "The authority does not issue for a name; correct the names of the site, or use another authority"),
        (AcmeErrors.UnsupportedIdentifier, "The authority does not issue for names of this kind; correct the names of the site, or use another authority"),
        (AcmeErrors.Caa, "A CAA record in the DNS forbids this authority to issue; add it there (for Let's Encrypt: 0 issue \"letsencrypt.org\")"),
        (AcmeErrors.InvalidContact, "Correct Certificate:EmailAddress"),
        (AcmeErrors.UnsupportedContact, "Correct Certificate:EmailAddress"),
        (AcmeErrors.BadPublicKey, "The authority does not accept the key; try another Certificate:KeyAlgorithm"),
        (AcmeErrors.BadCsr, "The authority does not accept the request; try another Certificate:KeyAlgorithm"),
    ];

    public static IssuanceException Of(AcmeException exception, string authority)
    {
        var problem = exception.Problem;
        if (problem is not null)
        {
            // Paused by the authority after months of failures: only a person can end that, on its web site.
            var isPaused = problem.Is(AcmeErrors.RateLimited) && exception.RetryAfter is null && problem.Detail?.Contains("temporarily prevented", StringComparison.OrdinalIgnoreCase) == true;
            var remedy = isPaused
                ? "The address in the authority's answer ends that"
                : ForTheOperator.FirstOrDefault(entry => problem.Is(entry.Error) || problem.Subproblems.Any(part => part.Is(entry.Error))).Remedy;
            if (remedy is not null)
            {
                var terms = exception.TermsOfService ?? problem.Instance;
                return new IssuanceException(
                    FailureKind.NeedsOperator, $"{exception.Message.TrimEnd('.')}. {remedy}{(problem.Is(AcmeErrors.UserActionRequired) && terms is not null ? $" ({terms})" : "")}", exception)
                {
                    RetryAfter = exception.RetryAfter,
                    Untried = NamesIn(problem),
                };
            }
        }

        var isClosed = exception.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable || problem?.Is(AcmeErrors.RateLimited) == true;
        if (isClosed)
        {
            var retryAfter = exception.RetryAfter ?? RetryAfterIn(problem?.Detail);
            var kind = problem?.Is(AcmeErrors.RateLimited) == true || exception.StatusCode is HttpStatusCode.TooManyRequests || retryAfter is not null
                ? FailureKind.RateLimited
                : FailureKind.Unreachable;
            return new IssuanceException(kind, exception.Message, exception) { RetryAfter = retryAfter };
        }

        return exception.Kind switch
        {
            // Ten nonces in a row were refused: the authority's trouble with itself, and nothing was counted.
            AcmeFailure.Refused when problem?.Is(AcmeErrors.BadNonce) == true => new IssuanceException(FailureKind.Unreachable, exception.Message, exception),
            AcmeFailure.Refused => new IssuanceException(FailureKind.BadAnswer, exception.Message, exception) { RetryAfter = exception.RetryAfter, Untried = problem is null ? [] : NamesIn(problem) },
            _ => new IssuanceException(FailureKind.Unreachable, exception.Message, exception) { RetryAfter = exception.RetryAfter },
        };

        ImmutableArray<ValidationFailure> NamesIn(AcmeProblem of) =>
        [
            .. of.Subproblems.Append(of).SelectMany(part => part.Identifier is { } identifier ? [identifier.Value] : QuotedIn(part.Detail),
                (part, name) => new ValidationFailure(name, $"{authority}: {part.Detail ?? part.Type}")),
        ];
    }

    // Authorities that know no sub-problems name the culprit in their words, in quotation marks.
    private static IEnumerable<string> QuotedIn(string? detail) => detail is null ? [] : Quoted().Matches(detail).Select(match => match.Groups[1].Value);

    // Let's Encrypt writes the time into its words, too: "retry after 2026-11-21 12:00:00 UTC".
    private static TimeSpan? RetryAfterIn(string? detail)
    {
        var match = detail is null ? null : RetryAfterText().Match(detail);
        return match is { Success: true }
            && DateTimeOffset.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && time > DateTimeOffset.UtcNow
            ? time - DateTimeOffset.UtcNow
            : null;
    }

    [GeneratedRegex("\"((?:\\*\\.)?[a-z0-9.-]+)\"", RegexOptions.IgnoreCase)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"retry after (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)", RegexOptions.IgnoreCase)]
    private static partial Regex RetryAfterText();
}
