using System.Text;

namespace MatrixEdge.Observability.Status;

/// <summary>The status page and what it is made of, as the admin listener answers them.</summary>
internal sealed class StatusRequests(StatusReports reports)
{
    public Task PageAsync(HttpContext context) => WriteAsync(context, StatusPage.Write(reports.Now()));

    public Task JsonAsync(HttpContext context) => AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, reports.Now());

    public static Task ReadmeAsync(HttpContext context) => WriteAsync(context, ReadmePage.Text);

    private static Task WriteAsync(HttpContext context, string page)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = StatusPage.Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        return AdminAnswer.WriteAsync(context, StatusCodes.Status200OK, "text/html; charset=utf-8", Encoding.UTF8.GetBytes(page));
    }
}
