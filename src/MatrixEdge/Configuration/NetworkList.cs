using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using MatrixEdge.Protocol;

namespace MatrixEdge.Configuration;

/// <summary>A list of addresses and networks, as several keys have one.</summary>
internal static class NetworkList
{
    /// <summary>What to write in place of something else than a network.</summary>
    public const string Remedy = "must be an address or a network, for example \"10.0.0.0/8\" or \"2001:db8::/32\"";

    /// <summary>Understands the list; what is wrong is told and left out.</summary>
    public static ImmutableArray<IPNetwork> Parse(SettingsSection section, string name)
    {
        var networks = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (var (key, value) in section.List(name))
        {
            var text = value is JsonValue json && json.TryGetValue<string>(out var read) ? read : "";
            if (TryParse(text, out var network, out var remedy))
                networks.Add(network);
            else
                section.Problems.Add(key, SettingsSection.Show(value), remedy);
        }

        return networks.ToImmutable();
    }

    /// <summary>Understands one entry.</summary>
    /// <param name="remedy">What to write in place of what is no network.</param>
    public static bool TryParse(string text, out IPNetwork network, out string remedy)
    {
        remedy = Remedy;
        if (AddressText.TryParse(text, out var address))
        {
            network = new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
            return true;
        }

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPNetwork.TryParse(text, out network) || !AddressText.TryParse(text.AsSpan(0, slash), out _))
            return false;

        // "10.1.2.3/8" is meant as 10.0.0.0/8, or as one host: the operator decides.
        remedy = $"the address has bits beyond its prefix; write \"{network}\"";
        return IPAddress.Parse(text.AsSpan(0, slash)).Equals(network.BaseAddress);
    }
}
