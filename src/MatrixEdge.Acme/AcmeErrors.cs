namespace MatrixEdge.Acme;

/// <summary>The errors of ACME, without <c>urn:ietf:params:acme:error:</c> in front (RFC 8555 §6.7, and where noted). For <see cref="AcmeProblem.Is"/>.</summary>
public static class AcmeErrors
{
    /// <summary>The nonce was not accepted. Seen by callers only after ten tries.</summary>
    public const string BadNonce = "badNonce";

    /// <summary>Too many requests, orders or failures; <see cref="AcmeException.RetryAfter"/> says until when.</summary>
    public const string RateLimited = "rateLimited";

    /// <summary>The certificate that the order is to replace has been replaced already (RFC 9773 §7.4).</summary>
    public const string AlreadyReplaced = "alreadyReplaced";

    /// <summary>The certificate is revoked already.</summary>
    public const string AlreadyRevoked = "alreadyRevoked";

    /// <summary>There is no account with this key.</summary>
    public const string AccountDoesNotExist = "accountDoesNotExist";

    /// <summary>A human must visit <see cref="AcmeProblem.Instance"/>, usually for new terms of service (RFC 8555 §7.3.3).</summary>
    public const string UserActionRequired = "userActionRequired";

    /// <summary>The server makes no account without an <see cref="ExternalAccountBinding"/>.</summary>
    public const string ExternalAccountRequired = "externalAccountRequired";

    /// <summary>The server does not issue for this name.</summary>
    public const string RejectedIdentifier = "rejectedIdentifier";

    /// <summary>The server does not issue for this kind of identifier.</summary>
    public const string UnsupportedIdentifier = "unsupportedIdentifier";

    /// <summary>CAA records forbid the server to issue (RFC 8659).</summary>
    public const string Caa = "caa";

    /// <summary>The server could not connect to the name.</summary>
    public const string Connection = "connection";

    /// <summary>The server could not look up the name.</summary>
    public const string Dns = "dns";

    /// <summary>The server could not set up TLS with the name.</summary>
    public const string Tls = "tls";

    /// <summary>The account may not do this, or the answer to a challenge was wrong.</summary>
    public const string Unauthorized = "unauthorized";

    /// <summary>The answer to a challenge was not the one expected.</summary>
    public const string IncorrectResponse = "incorrectResponse";

    /// <summary>Something is wrong inside the server.</summary>
    public const string ServerInternal = "serverInternal";

    /// <summary>The server does not offer this profile (draft-aaron-acme-profiles §5).</summary>
    public const string InvalidProfile = "invalidProfile";

    /// <summary>The server did not understand the request.</summary>
    public const string Malformed = "malformed";

    /// <summary>The order cannot be finalized yet (RFC 8555 §7.4).</summary>
    public const string OrderNotReady = "orderNotReady";

    /// <summary>The server does not accept the signing request.</summary>
    public const string BadCsr = "badCSR";

    /// <summary>The server does not accept the reason of a revocation.</summary>
    public const string BadRevocationReason = "badRevocationReason";

    /// <summary>Several errors at once: see <see cref="AcmeProblem.Subproblems"/>.</summary>
    public const string Compound = "compound";

    /// <summary>A contact of the account is not valid.</summary>
    public const string InvalidContact = "invalidContact";

    /// <summary>A contact of the account is of a kind that the server does not know.</summary>
    public const string UnsupportedContact = "unsupportedContact";

    /// <summary>The server does not accept this key.</summary>
    public const string BadPublicKey = "badPublicKey";

    /// <summary>The server does not accept this kind of signature.</summary>
    public const string BadSignatureAlgorithm = "badSignatureAlgorithm";
}
