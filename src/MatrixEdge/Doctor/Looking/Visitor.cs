using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace MatrixEdge.Doctor.Looking;

/// <summary>Looks at addresses of the web and follows redirects, as other servers and browsers do.</summary>
internal sealed class Visitor(Looker looker, NameFinder names)
{
    // As many as browsers and Synapse take, roughly; nobody sane needs more than three.
    private const int MostHops = 10;

    private const int MostTried = 4;

    /// <summary>Looks at this address of the host, then at wherever that leads.</summary>
    public async Task<Visit> VisitAsync(LookRequest request, IPEndPoint endPoint, CancellationToken stop)
    {
        var hops = ImmutableArray.CreateBuilder<HttpLook>();
        var seen = new HashSet<string>(StringComparer.Ordinal) { request.Address };
        hops.Add(await looker.LookAsync(request, endPoint, stop));
        while (hops[^1] is { Status: 301 or 302 or 303 or 307 or 308 } last)
        {
            if (last.Header("Location") is not { Length: > 0 } location)
                return new Visit(hops.ToImmutable(), $"{last.Request.Address} redirects ({last.Status}) without saying where to");
            if (!Uri.TryCreate(new Uri(last.Request.Address), location, out var next) || next.Scheme is not ("http" or "https"))
                return new Visit(hops.ToImmutable(), $"{last.Request.Address} redirects to {Delegation.JsonAnswer.Shorten(location)}, which is no address of the web");
            if (!seen.Add(next.AbsoluteUri))
                return new Visit(hops.ToImmutable(), $"the redirects go in a circle: {next.AbsoluteUri} was there before");
            if (hops.Count > MostHops)
                return new Visit(hops.ToImmutable(), $"there are more than {MostHops} redirects one after another");

            var (look, failure) = await TryAllAsync(For(next, request), next, stop);
            if (look is null)
                return new Visit(hops.ToImmutable(), $"{last.Request.Address} redirects to {Delegation.JsonAnswer.Shorten(next.AbsoluteUri)}, but {failure}");
            hops.Add(look);
        }

        return new Visit(hops.ToImmutable(), null);
    }

    /// <summary>Looks at the first address of the host that answers, then at wherever that leads; null with the reason when the host has none.</summary>
    public async Task<(Visit? Visit, string? Failure)> VisitAsync(LookRequest request, string host, int port, CancellationToken stop)
    {
        var found = await names.FindAsync(host);
        if (found.Addresses.IsEmpty)
            return (null, found.Failure);

        Visit? visit = null;
        foreach (var address in found.Addresses.Take(MostTried))
        {
            visit = await VisitAsync(request, new IPEndPoint(address, port), stop);
            if (visit.First.Failure is null)
                break;
        }

        return (visit, null);
    }

    /// <summary>The request for an address of the web.</summary>
    public static LookRequest For(Uri address, LookRequest? like = null)
    {
        var host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        var authority = address.IsDefaultPort ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{address.Port}");
        var request = like ?? new LookRequest("", null, "");
        return request with { Host = authority, TlsName = address.Scheme == Uri.UriSchemeHttps ? host.Trim('[', ']') : null, Target = address.PathAndQuery };
    }

    private async Task<(HttpLook? Look, string? Failure)> TryAllAsync(LookRequest request, Uri address, CancellationToken stop)
    {
        var found = await names.FindAsync(address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost);
        if (found.Addresses.IsEmpty)
            return (null, found.Failure);

        HttpLook? look = null;
        foreach (var candidate in found.Addresses.Take(MostTried))
        {
            look = await looker.LookAsync(request, new IPEndPoint(candidate, address.Port), stop);
            if (look.Failure is null)
                break;
        }

        return (look, null);
    }
}
