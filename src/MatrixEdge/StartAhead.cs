using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MatrixEdge.Certificates;
using MatrixEdge.Protocol;
using Microsoft.AspNetCore.Hosting.Server;

namespace MatrixEdge;

/// <summary>
/// Does beside the reading of the configuration what does not depend on it. Most of a start is loading code, and code is loaded by being run:
/// a server that never opens is put together on another processor, and a certificate that nobody sees is made ready to be served, so that the
/// real ones find all of it there. What goes wrong here goes wrong again where it is told.
/// </summary>
internal static class StartAhead
{
    public static void Begin()
    {
        if (Environment.ProcessorCount == 1)
            return; // then it would only be in the way

        _ = Task.Run(LoadServerAsync);
        _ = Task.Run(LoadTls);
    }

    private static async Task LoadServerAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddLogging();
        builder.Services.AddMetrics();
        builder.Services.AddHttpForwarder();
        await using var app = builder.Build();
        _ = app.Services.GetService<IServer>();
        _ = Operations.All;
    }

    private static void LoadTls()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new SubjectAlternativeNameBuilder();
        subject.AddDnsName("localhost");
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256) { CertificateExtensions = { subject.Build() } };
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1));
        _ = PemBundle.Read(certificate.ExportCertificatePem(), "", key.ExportPkcs8PrivateKeyPem(), "");
    }
}
