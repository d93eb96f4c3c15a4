using System.Text;
using MatrixEdge.Exporting;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Exporting;

public sealed class WellKnownExportTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_are_the_tree_of_a_website()
    {
        var written = WellKnownExport.Save(WellKnownExport.For(ExportTarget.Files, Answers()), folder.File("out"), mayReplace: false);

        Assert.Equal(
            [".well-known/matrix/client", ".well-known/matrix/server", "README.txt", "_headers"],
            written.Select(path => Path.GetRelativePath(folder.File("out"), path)).Order(StringComparer.Ordinal));
        Assert.Equal("{\n  \"m.server\": \"matrix.example.com:8448\"\n}\n", File.ReadAllText(folder.File("out/.well-known/matrix/server")));
        Assert.Equal(
            """
            /.well-known/matrix/*
              Access-Control-Allow-Origin: *
              Access-Control-Allow-Methods: GET, HEAD, POST, PUT, DELETE, OPTIONS
              Access-Control-Allow-Headers: X-Requested-With, Content-Type, Authorization, Date
              Access-Control-Expose-Headers: Synapse-Trace-Id, Server
              X-Content-Type-Options: nosniff
              Cache-Control: public, max-age=3600
              Content-Type: application/json

            """, File.ReadAllText(folder.File("out/_headers")));
        Assert.Equal(3, File.ReadAllLines(folder.File("out/README.txt")).Length);
    }

    [Fact]
    public void What_says_the_same_already_is_left_alone()
    {
        var files = WellKnownExport.For(ExportTarget.Files, Answers());
        WellKnownExport.Save(files, folder.Path, mayReplace: false);

        Assert.Empty(WellKnownExport.Save(files, folder.Path, mayReplace: false));
    }

    [Fact]
    public void What_says_something_else_is_replaced_by_force_alone_and_else_nothing_is_written()
    {
        Directory.CreateDirectory(folder.File(".well-known/matrix"));
        File.WriteAllText(folder.File(".well-known/matrix/client"), "mine");
        var files = WellKnownExport.For(ExportTarget.Files, Answers());

        var exception = Assert.Throws<ExportException>(() => WellKnownExport.Save(files, folder.Path, mayReplace: false));
        var entries = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories);
        WellKnownExport.Save(files, folder.Path, mayReplace: true);

        Assert.Equal($"{folder.File(".well-known/matrix/client")} is there already and says something else; name another directory with --out, or --force to replace it", exception.Message);
        Assert.Single(entries);
        Assert.NotEqual("mine", File.ReadAllText(folder.File(".well-known/matrix/client")));
        Assert.Equal(4, Directory.GetFiles(folder.Path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }).Length);
    }

    [Theory]
    [InlineData(nameof(ExportTarget.Caddy), "a `backtick`")]
    [InlineData(nameof(ExportTarget.Caddy), "{$HOME}")]
    [InlineData(nameof(ExportTarget.Caddy), "{http.request.host}")]
    [InlineData(nameof(ExportTarget.Nginx), "$host")]
    [InlineData(nameof(ExportTarget.Nginx), "LONG")]
    public void What_the_target_would_take_for_its_own_words_is_refused(string target, string text)
    {
        var answers = Answers($$""", "WellKnown": { "Client": { "com.example.text": "{{text.Replace("LONG", new StringBuilder().Insert(0, "long ", 900).ToString(), StringComparison.Ordinal)}}" } }""");

        Assert.Contains("use --for files", Assert.Throws<ExportException>(() => WellKnownExport.For(Enum.Parse<ExportTarget>(target), answers)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(WellKnownExport.For(ExportTarget.Files, answers));
        Assert.NotEmpty(WellKnownExport.For(ExportTarget.CloudflareWorker, answers));
    }

    [Fact]
    public void The_key_of_a_policy_server_is_exported_under_both_of_its_names() =>
        Assert.Equal(
            ["server", "client", "policy_server", "org.matrix.msc4284.policy_server"],
            Answers(""", "PolicyServer": { "PublicKey": "o7TAaaBgXZZ3EgjTYBq1RnGUUXWjQh0yV2jJpXcVdMk" }""").Documents.Select(document => document.Path[ExportedAnswers.Root.Length..]));

    private static ExportedAnswers Answers(string more = "")
    {
        using var other = new TemporaryFolder();
        var (settings, _, problems) = UnderstoodConfiguration.Of(other, $$"""
            { "MatrixEdge": { "Certificate": { "Source": "Local" },
              "Sites": [{ "ServerName": "example.com", "PublicHost": "matrix.example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" }{{more}} }] } }
            """);
        Assert.Equal("", string.Join('\n', problems.Found));
        return ExportedAnswers.Of(settings!.Sites[0]);
    }
}
