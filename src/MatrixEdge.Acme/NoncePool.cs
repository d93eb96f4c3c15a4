namespace MatrixEdge.Acme;

/// <summary>Nonces that the server gave and nobody has used (RFC 8555 §6.5): few, fresh, the newest first. For several threads.</summary>
internal sealed class NoncePool(TimeProvider time)
{
    private const int Capacity = 8;
    private const int LongestNonce = 1024;
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(5);
    private readonly LinkedList<(string Nonce, long Since)> nonces = new();

    /// <summary>Keeps a nonce; one with other characters than base64url is ignored, as it must be (RFC 8555 §6.5.1).</summary>
    public void Put(string? nonce)
    {
        if (nonce is not { Length: > 0 and <= LongestNonce } || !nonce.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
            return;

        lock (nonces)
        {
            nonces.AddFirst((nonce, time.GetTimestamp()));
            if (nonces.Count > Capacity)
                nonces.RemoveLast();
        }
    }

    /// <summary>Takes the newest; null when there is none.</summary>
    public string? Take()
    {
        lock (nonces)
        {
            if (nonces.First is not { } newest)
                return null;
            if (time.GetElapsedTime(newest.Value.Since) > Age)
            {
                // The others are older still.
                nonces.Clear();
                return null;
            }

            nonces.RemoveFirst();
            return newest.Value.Nonce;
        }
    }
}
