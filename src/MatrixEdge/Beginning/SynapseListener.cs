namespace MatrixEdge.Beginning;

/// <summary>One of Synapse's <c>listeners</c>.</summary>
/// <param name="Addresses">Empty for all.</param>
/// <param name="Socket">The path of a Unix socket, in place of a port.</param>
/// <param name="Resources">What it serves: <c>client</c>, <c>federation</c>, …</param>
/// <param name="ForwardedPlace">Where <c>x_forwarded</c> stands, else the listener itself.</param>
internal sealed record SynapseListener(
    FilePlace Place, bool IsHttp, int? Port, IReadOnlyList<string> Addresses, string? Socket, bool IsTls, IReadOnlyList<string> Resources,
    bool IsForwarded, FilePlace ForwardedPlace)
{
    public static SynapseListener Read(FileSection section, FilePlace place)
    {
        var socket = section.Text("path")?.Value;
        return new SynapseListener(
            place,
            section.Text("type")?.Value == "http",
            section.Port("port")?.Value,
            [.. section.Texts("bind_addresses"), .. section.Texts("bind_address")],
            socket,
            section.Flag("tls")?.Value ?? false,
            [.. section.Sections("resources").SelectMany(resource => resource.Section.Texts("names"))],
            section.Flag("x_forwarded")?.Value ?? socket is not null,
            section.Raw("x_forwarded")?.Place ?? place);
    }
}
