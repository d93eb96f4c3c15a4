using System.Text.Json;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;

namespace MatrixEdge;

/// <summary><c>matrixedge maintenance</c> and <c>matrixedge federation</c>.</summary>
internal static class OperatingCommands
{
    public static Task<int> ShowMaintenanceAsync(string? configFile, bool isJson, CancellationToken stop) =>
        AdminClient.RunAsync(configFile, HttpMethod.Get, "/maintenance", null, isJson, ShowMaintenance, stop);

    public static Task<int> SetMaintenanceAsync(string? configFile, bool on, string[] sites, string? message, bool isJson, CancellationToken stop) =>
        AdminClient.RunAsync(configFile, HttpMethod.Post, "/maintenance", new { on, sites, message }, isJson, ShowMaintenance, stop);

    public static Task<int> ShowFederationAsync(string? configFile, bool isJson, CancellationToken stop) =>
        AdminClient.RunAsync(configFile, HttpMethod.Get, "/federation", null, isJson, ShowFederation, stop);

    private static int ShowMaintenance(string text)
    {
        var listing = JsonRecord.Read<MaintenanceListing>(text, AdminClient.Json)!;
        if (listing.Sites.IsDefault)
            throw new JsonException();

        foreach (var site in listing.Sites)
            Console.WriteLine(site.On ? $"{site.Site}: being maintained since {site.Since:yyyy-MM-dd HH:mm} UTC, \"{site.Message}\"" : $"{site.Site}: open");
        return Commands.Well;
    }

    private static int ShowFederation(string text)
    {
        var listing = JsonRecord.Read<FederationListing>(text, AdminClient.Json)!;
        if (listing.Sites.IsDefault)
            throw new JsonException();

        foreach (var site in listing.Sites)
        {
            Console.WriteLine($"{site.Site}");
            Console.WriteLine($"  {"servers",-12} {site.Servers} since {site.Since:yyyy-MM-dd HH:mm} UTC, {site.Requests} requests");
            foreach (var busy in site.Busiest)
                Console.WriteLine($"  {"",-12} {busy.Requests,8}  {busy.Server}");
            foreach (var refused in site.Refused)
            {
                Console.WriteLine($"  {"not served",-12} {refused.Server}, {refused.Requests} {(refused.Requests == 1 ? "request" : "requests")}, the last {refused.Last:yyyy-MM-dd HH:mm} UTC{(refused.ServedSince ? ", served since" : "")}{(refused.Known ? "" : " (never believed: anybody can use this name)")}");
                Console.WriteLine($"  {"",-12} {refused.Words}");
            }

            if (site.RefusedForgotten > 0)
                Console.WriteLine($"  {"",-12} and others, of whom only the latest and the most frequent are kept");
            if (site.Migration is not { } move)
                continue;

            Console.WriteLine($"  {"moving",-12} from {move.FromHost}:{move.FromPort} to {move.To}: {move.Present} servers have followed, {move.Former} have not");
            if (move.StillFormer.Length > 0)
                Console.WriteLine($"  {"not yet",-12} {string.Join(", ", move.StillFormer)}{(move.Former > move.StillFormer.Length ? ", …" : "")}");
            Console.WriteLine($"  {"",-12} {move.Verdict}");
        }

        return Commands.Well;
    }
}
