using System.Text.Json;
using MatrixEdge.Observability;
using MatrixEdge.Protocol;

namespace MatrixEdge;

/// <summary>
/// <c>matrixedge certificates</c>: asks the running gateway, by the admin listener of the same configuration. Exit code 0 when all
/// went well; 1 when something failed, is not done yet, or no gateway answers.
/// </summary>
internal static class CertificateCommands
{
    public static Task<int> ListAsync(string? configFile, bool isJson, CancellationToken stop) =>
        AdminClient.RunAsync(configFile, HttpMethod.Get, "/certificates", null, isJson, text =>
        {
            CertificateTable.Write(Console.Out, JsonRecord.Read<CertificateListing>(text, AdminClient.Json)!, TimeProvider.System.GetUtcNow());
            return Commands.Well;
        }, stop);

    public static Task<int> RenewAsync(string? configFile, string[] sites, bool isJson, CancellationToken stop) =>
        AdminClient.RunAsync(configFile, HttpMethod.Post, "/certificates/renew", new { sites }, isJson, ShowResults, stop);

    public static async Task<int> RevokeAsync(string? configFile, string? site, string reason, bool isSure, bool isJson, CancellationToken stop)
    {
        if (!isSure && Console.IsInputRedirected)
        {
            await Console.Error.WriteLineAsync("A revocation cannot be taken back, and there is no terminal to ask on; say --yes if you mean it");
            return Commands.Failed;
        }

        if (!isSure)
        {
            Console.Write($"Revoke the certificate of {site ?? "the only site"} ({reason}) and order another? It cannot be taken back. [y/N] ");
            if (!string.Equals(Console.ReadLine()?.Trim(), "y", StringComparison.OrdinalIgnoreCase))
            {
                Console.WriteLine("Nothing was done");
                return Commands.Failed;
            }
        }

        return await AdminClient.RunAsync(configFile, HttpMethod.Post, "/certificates/revoke", new { site, reason }, isJson, ShowResults, stop);
    }

    public static Task<int> RollAccountKeyAsync(string? configFile, bool isJson, CancellationToken stop) =>
        AdminClient.RunAsync(configFile, HttpMethod.Post, "/certificates/roll-account-key", null, isJson, ShowResults, stop);

    private static int ShowResults(string text)
    {
        var results = JsonRecord.Read<RequestResults>(text, AdminClient.Json)!.Results;
        if (results.IsDefault)
            throw new JsonException();

        foreach (var result in results)
            (result.Result == ResultKind.Succeeded ? Console.Out : Console.Error).WriteLine($"{result.Of}: {result.Message}");
        return results.All(result => result.Result == ResultKind.Succeeded) ? Commands.Well : Commands.Failed;
    }
}
