using System.Net;
using MatrixEdge.Configuration;
using MatrixEdge.Limiting;
using MatrixEdge.Protocol;

namespace MatrixEdge.Tests.Limiting;

public sealed class PlacesTests
{
    [Fact]
    public void One_client_gets_no_more_than_its_part()
    {
        using var places = new Places(new ConcurrencySettings(10, 2, 5, TimeSpan.FromSeconds(1)));
        var one = LimitKey.Of(LimitGroup.Concurrency, IPAddress.Parse("192.0.2.1"));

        Assert.True(places.TryJoin(one, out var slot));
        Assert.True(places.TryJoin(one, out _));
        Assert.False(places.TryJoin(one, out _));
        places.Leave(slot);
        Assert.True(places.TryJoin(one, out _));
    }

    [Fact]
    public void Many_clients_hardly_ever_stand_in_each_others_way()
    {
        using var places = new Places(new ConcurrencySettings(500, 5, 0, TimeSpan.FromSeconds(1)));

        var joined = Enumerable.Range(0, 500).Count(i => places.TryJoin(LimitKey.Of(LimitGroup.Concurrency, new IPAddress(i)), out _));

        Assert.InRange(joined, 495, 500);
    }

    [Fact]
    public void Without_a_part_for_each_one_client_may_have_all()
    {
        using var places = new Places(new ConcurrencySettings(3, 0, 0, TimeSpan.FromSeconds(1)));
        var one = LimitKey.Of(LimitGroup.Concurrency, IPAddress.Loopback);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.True(places.TryJoin(one, out var _)));
    }
}
