using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MatrixEdge.Tests.Support;

namespace MatrixEdge.Tests.Exporting;

/// <summary>A host of the apex that runs what was exported, on a Unix socket in a folder of the test.</summary>
internal sealed class ExportHost : IAsyncDisposable
{
    private readonly Process process;
    private readonly string socket;
    private readonly Task<string> output;
    private readonly Task<string> errors;

    private ExportHost(Process process, string socket)
    {
        this.process = process;
        this.socket = socket;
        output = process.StandardOutput.ReadToEndAsync();
        errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>The worker in front of an origin, or static files, in Node.js.</summary>
    public static Task<ExportHost> NodeAsync(string socket, params string[] arguments)
    {
        Assert.SkipUnless(Tool.IsThere("node"), "There is no Node.js; run tests/provision");
        return StartAsync(socket, "node", [Repository.PathOf("tests/MatrixEdge.Tests/Exporting/js/host.mjs"), socket, .. arguments]);
    }

    /// <summary>Caddy with a website around the lines that were exported.</summary>
    public static async Task<ExportHost> CaddyAsync(TemporaryFolder folder, string snippet)
    {
        await File.WriteAllTextAsync(folder.File("Caddyfile"), $$"""
            {
            	admin off
            	persist_config off
            	auto_https off
            }
            http://example.com {
            	bind unix/{{folder.File("caddy.sock")}}
            	header X-Site yes
            	import {{snippet}}
            	handle {
            		respond "the website" 200
            	}
            }
            """);
        return await InRootAsync(folder, folder.File("caddy.sock"), "usr/bin/caddy", "run", "--adapter", "caddyfile", "--config", folder.File("Caddyfile"));
    }

    /// <summary>nginx with a server around the locations that were exported, and in it what usually spoils such locations.</summary>
    public static async Task<ExportHost> NginxAsync(TemporaryFolder folder, string snippet)
    {
        await File.WriteAllTextAsync(folder.File("nginx.conf"), $$"""
            daemon off;
            master_process off;
            pid {{folder.File("nginx.pid")}};
            error_log stderr;
            events { }
            http {
                access_log off;
                types { text/html html; application/octet-stream server; }
                default_type text/plain;
                charset utf-8;
                client_body_temp_path {{folder.File("body")}};
                proxy_temp_path {{folder.File("proxy")}};
                fastcgi_temp_path {{folder.File("fastcgi")}};
                uwsgi_temp_path {{folder.File("uwsgi")}};
                scgi_temp_path {{folder.File("scgi")}};
                server {
                    listen unix:{{folder.File("nginx.sock")}};
                    server_name example.com;
                    add_header X-Site yes always;
                    add_header Access-Control-Allow-Origin https://example.com always;
                    error_page 404 405 /error.html;
                    include {{snippet}};
                    location / { return 200 "the website"; }
                    location ~ (client|server)$ { return 200 "a regular expression"; }
                }
            }
            """);
        return await InRootAsync(folder, folder.File("nginx.sock"), "usr/sbin/nginx", "-p", folder.Path, "-e", "stderr", "-c", folder.File("nginx.conf"));
    }

    /// <summary>Finds every host here.</summary>
    public HttpClient Client() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectCallback = async (_, stop) =>
        {
            var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), stop);
            return new NetworkStream(connection, ownsSocket: true);
        },
    });

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        await Task.WhenAll(output, errors);
        process.Dispose();
    }

    // With the root's own loader and libraries, which are newer than this machine's; no right to chroot is needed.
    private static Task<ExportHost> InRootAsync(TemporaryFolder folder, string socket, string program, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(SidRoot.Path, program)), $"{program} is not in {SidRoot.Path}; run tests/provision");
        var (loader, libraries) = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? ("usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu")
            : ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu");
        return StartAsync(socket, Path.Combine(SidRoot.Path, loader), ["--library-path", Path.Combine(SidRoot.Path, libraries), Path.Combine(SidRoot.Path, program), .. arguments], new()
        {
            ["OPENSSL_CONF"] = Path.Combine(SidRoot.Path, "etc/ssl/openssl.cnf"),
            ["HOME"] = folder.Path,
            ["XDG_DATA_HOME"] = folder.Path,
            ["XDG_CONFIG_HOME"] = folder.Path,
        });
    }

    private static async Task<ExportHost> StartAsync(string socket, string program, IEnumerable<string> arguments, Dictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        var host = new ExportHost(Process.Start(start)!, socket);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await host.ListensAsync())
        {
            if (host.process.HasExited)
                Assert.Fail($"{program} ended at once:\n{await host.output}{await host.errors}");
            await Task.Delay(20, limit.Token);
        }

        return host;
    }

    private async Task<bool> ListensAsync()
    {
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(socket));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
