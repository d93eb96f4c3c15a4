using MatrixEdge.Observability;

namespace MatrixEdge.Tests.Observability;

public sealed class TagValuesTests
{
    [Theory]
    [InlineData("http.response.status_code", 200, 200)]
    [InlineData("http.response.status_code", 508, 508)]
    [InlineData("http.response.status_code", 299, "_OTHER")]
    [InlineData("http.response.status_code", 999, "_OTHER")]
    [InlineData("http.response.status_code", "200", "_OTHER")]
    [InlineData("error.type", "502", "502")]
    [InlineData("error.type", "599", "_OTHER")]
    [InlineData("error.type", "name_resolution_error", "name_resolution_error")]
    [InlineData("error.type", "System.Net.Sockets.SocketException", "System.Net.Sockets.SocketException")]
    [InlineData("network.protocol.version", "1.1", "1.1")]
    [InlineData("network.protocol.version", "1.7", "_OTHER")]
    [InlineData("tls.protocol.version", "1.3", "1.3")]
    [InlineData("tls.protocol.version", "0.9", "_OTHER")]
    [InlineData("url.scheme", "https", "https")]
    [InlineData("url.scheme", "gopher", "_OTHER")]
    [InlineData("server.address", "127.0.0.1", "127.0.0.1")]
    [InlineData("server.port", 8008, 8008)]
    [InlineData("site", null, null)]
    public void Only_what_is_known_is_told(string tag, object? value, object? told) => Assert.Equal(told, TagValues.Known(tag, value));
}
