using System.Collections.Immutable;
using MatrixEdge.Sites;
using MatrixEdge.Storage;

namespace MatrixEdge.Observability;

/// <summary>Maintenance as the operator sees and handles it.</summary>
internal sealed class MaintenanceRequests(Maintenance maintenance, CurrentSites sites)
{
    private const string Example = """{ "on": true, "sites": ["example.com"], "message": "Back at noon" }""";

    public Task ListAsync(HttpContext context) => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, Listing());

    /// <summary>Begins or ends: <c>{ "on": true, "sites": ["example.com"], "message": "Back at noon" }</c>, or for all.</summary>
    public async Task SetAsync(HttpContext context)
    {
        if (await AdminRequest.ReadAsync<SetRequest>(context, Example) is not { } request)
            return;

        var known = sites.Table.Sites.Select(site => site.ServerName).ToImmutableArray();
        var chosen = request.Sites is { Length: > 0 } ? request.Sites : [.. known];
        var unknown = chosen.Where(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase)).ToArray();
        var why = request.On is null ? $"Say whether it begins or ends, as \"on\"; nothing was done. Write it like {Example}"
            : unknown.Length > 0 ? $"There is no site {string.Join(", ", unknown)}; nothing was done. Known are {string.Join(", ", known)}"
            : request.Message?.Length > Maintenance.LongestMessage ? $"The message is longer than {Maintenance.LongestMessage} characters; nothing was done"
            : null;
        if (why is not null)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, why);
            return;
        }

        try
        {
            var message = string.IsNullOrWhiteSpace(request.Message) ? Maintenance.DefaultMessage : request.Message;
            await maintenance.SetAsync(chosen, request.On == true ? message : null, context.RequestAborted);
            await AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, Listing());
        }
        catch (StoreException exception)
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status500InternalServerError, $"It could not be kept, so nothing was changed. {exception.Message}");
        }
    }

    public MaintenanceListing Listing() => new(
        [.. sites.Table.Sites.Select(site => maintenance.All.GetValueOrDefault(site.ServerName.ToLowerInvariant()) is { } one
            ? new MaintenanceListing.Entry(site.ServerName, true, one.Since, one.Message) : new MaintenanceListing.Entry(site.ServerName, false, null, null))]);

    private sealed record SetRequest
    {
        public bool? On { get; init; }

        public string[]? Sites { get; init; }

        public string? Message { get; init; }
    }
}

/// <summary>What <c>GET /maintenance</c> says.</summary>
internal sealed record MaintenanceListing(ImmutableArray<MaintenanceListing.Entry> Sites)
{
    internal sealed record Entry(string Site, bool On, DateTimeOffset? Since, string? Message);
}
