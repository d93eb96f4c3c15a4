namespace MatrixEdge.Storage;

/// <summary>
/// Small texts under names such as <c>certificates/example.com/state.json</c>, kept for as long as the gateway exists:
/// certificates with their keys, accounts, and what was learnt from failures.
/// </summary>
/// <remarks>
/// What callers may rely on: a write replaces the text as a whole or not at all, whatever dies in between, and has survived a
/// crash once it returns; nobody but the gateway's user may read what it wrote. Every call may fail with
/// <see cref="StoreException"/>, which changed nothing, except that a write may have been done and only its confirmation lost.
/// </remarks>
internal interface IStore
{
    /// <summary>Where it is, for messages: <c>the directory /var/lib/matrixedge</c>.</summary>
    string Place { get; }

    /// <summary>Where this text is, for messages.</summary>
    string PlaceOf(string name);

    /// <summary>The text, or null when there is none.</summary>
    Task<string?> ReadAsync(string name, CancellationToken stop);

    Task WriteAsync(string name, string text, CancellationToken stop);

    /// <summary>No error when there is none.</summary>
    Task DeleteAsync(string name, CancellationToken stop);

    /// <summary>The names directly in a folder, in ordinal order, without those that were set aside; empty when there is no such folder.</summary>
    Task<IReadOnlyList<string>> ListAsync(string folder, CancellationToken stop);

    /// <summary>Renames what cannot be used, so that a person can look at it and nobody else finds it again; returns where it is now.</summary>
    /// <param name="mark">Why, in one word: becomes part of the new name.</param>
    Task<string> SetAsideAsync(string name, string mark, CancellationToken stop);

    /// <summary>Makes sure that something can be kept in the folder: writes, reads back, compares, removes.</summary>
    Task CheckAsync(string folder, CancellationToken stop);

    /// <summary>Closes the folder and what is in it to everybody but the gateway's user.</summary>
    /// <returns>What was open, and what to do about it, a sentence each; usually nothing. Never fails.</returns>
    Task<IReadOnlyList<string>> CloseToOthersAsync(string folder, CancellationToken stop);

    /// <summary>The right to do one job alone, until the result is disposed or the process ends; null while somebody else has it.</summary>
    Task<IAsyncDisposable?> TryLockAsync(string name, CancellationToken stop);
}
