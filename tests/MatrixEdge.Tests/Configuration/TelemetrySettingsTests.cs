using MatrixEdge.Configuration;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Configuration;

public sealed class TelemetrySettingsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{ "Endpoint": "http://127.0.0.1:4318" }""", "http://127.0.0.1:4318/v1/metrics", "Http", 60)]
    [InlineData("""{ "Endpoint": "https://otlp.example/api/v1/otlp/v1/metrics", "Interval": "00:00:10" }""", "https://otlp.example/api/v1/otlp/v1/metrics", "Http", 10)]
    [InlineData("""{ "Endpoint": "http://[::1]:4317", "Protocol": "grpc" }""", "http://[::1]:4317/", "Grpc", 60)]
    public void A_collector_is_understood(string json, string endpoint, string protocol, int seconds)
    {
        var telemetry = Of(json).Settings!.Telemetry!;

        Assert.Equal((new Uri(endpoint), protocol, TimeSpan.FromSeconds(seconds)), (telemetry.Endpoint, telemetry.Protocol.ToString(), telemetry.Interval));
        Assert.Empty(telemetry.Headers);
    }

    [Fact]
    public void Nothing_is_sent_where_nothing_is_written() => Assert.Null(Of("null").Settings!.Telemetry);

    [Fact]
    public void Headers_stand_in_the_configuration_or_in_a_file()
    {
        File.WriteAllText(folder.File("headers"), "\nAuthorization: Bearer abc:def\n  X-Scope-OrgID : one\n");

        var telemetry = Of("""{ "Endpoint": "http://127.0.0.1:4318", "Headers": { "X-Other": "a b" }, "HeadersFile": "headers" }""").Settings!.Telemetry!;

        Assert.Equal(["Authorization=Bearer abc:def", "X-Other=a b", "X-Scope-OrgID=one"], telemetry.Headers.Select(header => $"{header.Key}={header.Value}"));
    }

    [Theory]
    [InlineData("{}", "MatrixEdge:Telemetry:Endpoint: give the address of the collector")]
    [InlineData("""{ "Endpoint": "" }""", "MatrixEdge:Telemetry:Endpoint: give the address of the collector")]
    [InlineData("""{ "Endpoint": "127.0.0.1:4318" }""", "MatrixEdge:Telemetry:Endpoint is \"127.0.0.1:4318\": give the complete address, for example \"https://127.0.0.1:4318\"")]
    [InlineData("""{ "Endpoint": "http://a.example:4317/v1/metrics", "Protocol": "Grpc" }""", "gRPC knows no path")]
    [InlineData("""{ "Endpoint": "http://a.example", "Protocol": "HttpJson" }""", "It must be one of Http, Grpc")]
    [InlineData("""{ "Endpoint": "http://a.example", "Interval": "00:00:00.5" }""", "must be between one second and one hour")]
    [InlineData("""{ "Endpoint": "http://a.example", "Interval": "02:00:00" }""", "must be between one second and one hour")]
    [InlineData("""{ "Endpoint": "http://a.example", "Headers": "Authorization: geheim" }""", "MatrixEdge:Telemetry:Headers: must be an object")]
    [InlineData("""{ "Endpoint": "http://a.example", "Headers": { "A b": "geheim" } }""", "a header has a name of letters, digits and hyphens")]
    [InlineData("""{ "Endpoint": "http://a.example", "Headers": { "A": "geheim\r\nB: x" } }""", "the value of A must be a text of visible ASCII characters")]
    [InlineData("""{ "Endpoint": "http://a.example", "Headers": { "A": 1 } }""", "the value of A must be a text of visible ASCII characters")]
    [InlineData("""{ "Endpoint": "http://a.example", "HeadersFile": "none" }""", "MatrixEdge:Telemetry:HeadersFile is \"none\": ")]
    [InlineData("""{ "Endpoint": "http://a.example", "HeadersFile": "bad" }""", "MatrixEdge:Telemetry:HeadersFile: a header has a name")]
    [InlineData("""{ "Endpoint": "http://a.example", "Header": "geheim" }""", "did you mean \"Headers\"?")]
    [InlineData("\"http://a.example\"", "must be an object")]
    public void A_mistake_is_told_with_what_to_do_and_without_secrets(string json, string expected)
    {
        File.WriteAllText(folder.File("bad"), "geheim\n");

        var found = string.Join('\n', Of(json).Problems.Found);

        Assert.Contains(expected, found, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", found, StringComparison.Ordinal);
    }

    private UnderstoodConfiguration Of(string telemetry) => UnderstoodConfiguration.Of(folder, $$"""
        {
          "MatrixEdge": {
            "Certificate": { "Source": "Local" }, "Telemetry": {{telemetry}},
            "Sites": [{ "ServerName": "example.com", "Homeserver": { "Address": "http://127.0.0.1:8008" } }]
          }
        }
        """);
}
