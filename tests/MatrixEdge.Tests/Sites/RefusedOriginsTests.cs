using System.Globalization;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Sites;

public sealed class RefusedOriginsTests
{
    private static readonly Refusal Why = new(RefusalCause.Key, "No key");

    private readonly ManualTime time = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
    private readonly RefusedOrigins refused;

    public RefusedOriginsTests() => refused = new RefusedOrigins(time);

    [Fact]
    public void A_server_is_kept_with_how_often_when_last_and_why()
    {
        refused.Note("a.example", isKnown: false, Why);
        time.Advance(TimeSpan.FromMinutes(1));
        refused.Note("A.example", isKnown: true, new Refusal(RefusalCause.Signature, "No"));

        Assert.Equal(new RefusedOrigin("a.example", true, 2, 2, time.GetUtcNow(), new Refusal(RefusalCause.Signature, "No")), Assert.Single(refused.All));
        Assert.Equal(["Key 1", "Signature 1"], refused.ByCause.Where(entry => entry.Requests > 0).Select(entry => $"{entry.Cause} {entry.Requests}"));
        Assert.Equal(Enum.GetValues<RefusalCause>().Length, refused.ByCause.Count());
    }

    [Fact]
    public void What_is_served_ends_the_row_and_makes_a_server_known()
    {
        refused.NoteServed("a.example");
        Assert.Empty(refused.All);

        refused.Note("a.example", isKnown: false, Why);
        refused.NoteServed("A.EXAMPLE");
        refused.NoteServed("b.example");

        var origin = Assert.Single(refused.All);
        Assert.Equal((true, 1, 0), (origin.IsKnown, origin.Requests, origin.InARow));
    }

    [Fact]
    public void Names_that_are_made_up_push_out_one_another_and_nobody_else()
    {
        for (var i = 0; i < 50; i++)
            refused.Note(Name("known", i), isKnown: true, Why);
        for (var i = 0; i < 10; i++)
        {
            refused.Note("new.example", isKnown: false, Why);
            refused.Note("new.example", isKnown: false, Why);
        }

        for (var i = 0; i < 5000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            refused.Note(Name("junk", i), isKnown: false, Why);
        }

        var all = refused.All;
        Assert.Equal(50, all.Count(origin => origin.IsKnown));
        Assert.Equal(RefusedOrigins.MostOfEach, all.Count(origin => !origin.IsKnown));
        Assert.Contains(all, origin => origin is { Name: "new.example", Requests: 20 });
        Assert.Contains(all, origin => origin.Name == Name("junk", 4999));
        Assert.Equal(5001 - RefusedOrigins.MostOfEach, refused.Forgotten);
    }

    [Fact]
    public void Of_known_servers_the_latest_are_kept()
    {
        for (var i = 0; i < 150; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            refused.Note(Name("known", i), isKnown: true, Why);
        }

        Assert.Equal(Enumerable.Range(50, 100).Reverse().Select(i => Name("known", i)), refused.All.Select(origin => origin.Name));
    }

    private static string Name(string word, int number) => string.Create(CultureInfo.InvariantCulture, $"{word}{number}.example");
}
