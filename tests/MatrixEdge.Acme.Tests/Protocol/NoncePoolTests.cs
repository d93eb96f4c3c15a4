namespace MatrixEdge.Acme.Tests.Protocol;

public sealed class NoncePoolTests
{
    [Fact]
    public void Gives_the_newest_first_and_each_once()
    {
        var pool = new NoncePool(TimeProvider.System);
        pool.Put("one");
        pool.Put("two");

        Assert.Equal("two one ", $"{pool.Take()} {pool.Take()} {pool.Take()}");
    }

    [Fact]
    public void Keeps_eight()
    {
        var pool = new NoncePool(TimeProvider.System);
        for (var i = 0; i < 20; i++)
            pool.Put($"n{i}");

        Assert.Equal(8, Enumerable.Range(0, 20).Count(_ => pool.Take() is not null));
    }

    [Fact]
    public void Drops_those_older_than_five_minutes()
    {
        var time = new HurryingTime();
        var pool = new NoncePool(time);
        pool.Put("old");
        time.Advance(TimeSpan.FromMinutes(4));
        pool.Put("young");
        time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal("young", pool.Take());
        Assert.Null(pool.Take());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a=")]
    [InlineData("\"")]
    public void Ignores_what_is_no_nonce(string? nonce)
    {
        var pool = new NoncePool(TimeProvider.System);
        pool.Put(nonce);

        Assert.Null(pool.Take());
    }
}
