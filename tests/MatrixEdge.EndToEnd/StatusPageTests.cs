using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using MatrixEdge.EndToEnd.Support;
using MatrixEdge.Listening;
using MatrixEdge.Observability;
using MatrixEdge.Observability.Status;
using MatrixEdge.Sites;
using MatrixEdge.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace MatrixEdge.EndToEnd;

/// <summary>
/// The status page in Chromium, as people see it: on a phone and on a desk, light and dark, with much and with nothing to tell.
/// Where <c>MATRIXEDGE_PICTURES</c> names a folder, the pictures are left there.
/// </summary>
[Collection("Status page")]
public sealed class StatusPageTests(StatusPageTests.Browser browser) : IClassFixture<StatusPageTests.Browser>, IAsyncLifetime
{
    private const string IsThere = "!!document.querySelector('h1')";

    private static readonly Dictionary<string, StatusReport> Reports = new()
    {
        ["none"] = SampleReports.None,
        ["fresh"] = SampleReports.Fresh,
        ["well"] = SampleReports.Well,
        ["troubled"] = SampleReports.Troubled,
        ["five"] = SampleReports.Five,
        ["hostile"] = SampleReports.Hostile,
    };

    private BrowserPage page = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(browser.WhyNot is not null, browser.WhyNot ?? "");
        page = await browser.OpenAsync(Stop);
    }

    public static TheoryData<string, int, int, bool> Looks()
    {
        var looks = new TheoryData<string, int, int, bool>();
        foreach (var report in Reports.Keys)
        {
            foreach (var (width, height) in new[] { (390, 844), (1280, 900) })
            {
                looks.Add(report, width, height, false);
                looks.Add(report, width, height, true);
            }
        }

        return looks;
    }

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task Nothing_is_cut_off_or_hard_to_read(string report, int width, int height, bool isDark)
    {
        await using var pages = await ServedPage.StartAsync(() => StatusPage.Write(Reports[report]));
        await page.LookAsync(width, height, isDark, Stop);
        await page.GoAsync(pages.Address, IsThere, Stop);

        await SaveAsync($"{report}-{width}-{(isDark ? "dark" : "light")}");
        await page.EvaluateAsync("document.querySelectorAll('details').forEach(details => details.open = true)", Stop);
        var faults = await page.EvaluateAsync(Faults, Stop);

        Assert.True(faults.GetArrayLength() == 0, string.Join('\n', faults.EnumerateArray()));
        Assert.Empty(page.Complaints);
        Assert.All(page.Answers, answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task The_picture_in_README_shows_what_it_looks_like()
    {
        await using var pages = await ServedPage.StartAsync(() => StatusPage.Write(SampleReports.Troubled));
        await page.LookAsync(1180, 900, false, Stop);
        await page.GoAsync(pages.Address, IsThere, Stop);
        await page.LookAsync(1180, (await page.EvaluateAsync("Math.ceil(document.querySelector('.ports').getBoundingClientRect().bottom + scrollY) + 24", Stop)).GetInt32(), false, Stop);
        await SaveAsync("status-page", isWhole: false);

        // Its width: to draw the same letters again would take the same fonts.
        var picture = await File.ReadAllBytesAsync(Path.Combine(Tools.JavaScript, "../../../deploy/pictures/status-page.png"), Stop);
        Assert.Equal(1180, BinaryPrimitives.ReadInt32BigEndian(picture.AsSpan(16)));
        Assert.InRange(picture.Length, 10_000, 200_000);
        Assert.Contains("](deploy/pictures/status-page.png)", ReadmePage.Read(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task README_is_as_easy_to_read()
    {
        await using var pages = await ServedPage.StartAsync(() => ReadmePage.Text);
        await page.LookAsync(390, 844, true, Stop);
        await page.GoAsync(pages.Address, IsThere, Stop);

        await SaveAsync("readme-390-dark", isWhole: false);
        var faults = await page.EvaluateAsync(Faults, Stop);

        Assert.True(faults.GetArrayLength() == 0, string.Join('\n', faults.EnumerateArray()));
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task What_strangers_sent_is_text_and_runs_nowhere()
    {
        await using var pages = await ServedPage.StartAsync(() => StatusPage.Write(SampleReports.Hostile));
        await page.GoAsync(pages.Address, IsThere, Stop);

        var found = await page.EvaluateAsync(
            "[document.scripts.length, document.querySelectorAll('main script, main img, [onerror], [onload], [onclick], main i').length, document.body.textContent.includes(\"<script>alert('evidence')</script>\")]", Stop);

        Assert.Equal("[1,0,true]", found.ToString());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task It_brings_itself_up_to_date_and_leaves_alone_what_its_reader_does()
    {
        await using var homeserver = await StartHomeserverAsync();
        await using var gateway = await StartGatewayAsync(homeserver);
        var examinations = gateway.Services.GetRequiredService<Examinations>();
        examinations.Note(Examined(FindingOutcome.Ok));
        await page.LookAsync(390, 844, false, Stop);
        await page.GoAsync(Admin(gateway), IsThere, Stop);
        await page.EvaluateAsync("document.querySelector('details.group').open = true; document.querySelector('footer a').focus(); globalThis.loadedOnce = true", Stop);
        var before = await page.EvaluateAsync("[scrollY > 0, document.activeElement.textContent, document.querySelector('h1').textContent]", Stop);

        examinations.Note(Examined(FindingOutcome.Fail));
        await Until.TrueAsync(async () => (await page.EvaluateAsync("document.querySelector('.check.fail[open]')?.textContent ?? ''", Stop)).GetString()!.Contains("Expired nine days ago", StringComparison.Ordinal), "the finding on the page", Stop);
        var after = await page.EvaluateAsync("[scrollY > 0, document.activeElement.textContent, document.querySelector('h1').textContent, document.querySelector('details.group').open, globalThis.loadedOnce, document.title.startsWith('✗')]", Stop);
        examinations.Note(Examined(FindingOutcome.Ok));
        await Until.TrueAsync(async () => (await page.EvaluateAsync("!document.querySelector('.check')", Stop)).GetBoolean(), "the finding to go", Stop);
        await homeserver.DisposeAsync();
        await gateway.Services.GetRequiredService<HomeserverWatch>().AskAllAsync(Stop);
        await Until.TrueAsync(async () => (await page.EvaluateAsync("document.querySelector('h1').textContent", Stop)).GetString()!.Contains("its homeserver", StringComparison.Ordinal), "the homeserver's absence on the page", Stop);

        Assert.Equal("""[true,"status.json","localhost is well: clients and other servers reach it."]""", before.ToString());
        Assert.Equal("""[true,"status.json","localhost is not well: Expired nine days ago.",true,true,true]""", after.ToString());
        Assert.Contains("fails → well", (await page.EvaluateAsync("document.querySelector('.log').textContent", Stop)).GetString(), StringComparison.Ordinal);
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task It_says_so_when_the_gateway_is_gone_and_when_it_is_paused()
    {
        await using var homeserver = await StartHomeserverAsync();
        var gateway = await StartGatewayAsync(homeserver);
        try
        {
            await page.GoAsync(Admin(gateway), IsThere, Stop);
            var asOf = "document.querySelector('.verdict .facts').textContent";
            var first = (await page.EvaluateAsync(asOf, Stop)).GetString();
            await Until.TrueAsync(async () => (await page.EvaluateAsync(asOf, Stop)).GetString() != first, "the next state", Stop);

            await page.EvaluateAsync("document.getElementById('pause').click()", Stop);
            Assert.Equal("""["Paused.","Go on"]""", (await page.EvaluateAsync("[document.getElementById('live').textContent, document.getElementById('pause').textContent]", Stop)).ToString());
            await page.EvaluateAsync("document.getElementById('pause').click()", Stop);
        }
        finally
        {
            await gateway.DisposeAsync();
        }

        await Until.TrueAsync(async () => (await page.EvaluateAsync("document.getElementById('live').textContent", Stop)).GetString()!.StartsWith("The gateway has not answered since ", StringComparison.Ordinal), "the page's word that nobody answers", Stop);
    }

    [Fact]
    public async Task Without_scripts_all_is_there()
    {
        await using var homeserver = await StartHomeserverAsync();
        await using var gateway = await StartGatewayAsync(homeserver);
        gateway.Services.GetRequiredService<Examinations>().Note(Examined(FindingOutcome.Fail));
        await page.ForbidScriptsAsync(Stop);
        await page.GoAsync(Admin(gateway), IsThere, Stop);

        var seen = await page.EvaluateAsync(
            "[document.querySelector('h1').innerText, document.querySelector('.check[open] .what').innerText, document.querySelectorAll('svg[role=img]').length > 3, document.querySelector('.seen td:last-child').innerText.trim(), document.getElementById('pause').hidden, document.querySelector('noscript meta[http-equiv=refresh]').content, document.querySelector('.live').innerText.trim()]", Stop);

        Assert.Equal("""["localhost is not well: Expired nine days ago.","Expired nine days ago.",true,"connection refused",true,"30","This page loads itself again every 30 seconds."]""", seen.ToString());
        Assert.Empty(page.Complaints);
    }

    [Fact]
    public async Task All_that_can_be_done_can_be_done_by_keyboard()
    {
        await using var pages = await ServedPage.StartAsync(() => StatusPage.Write(SampleReports.Troubled));
        await page.LookAsync(1280, 900, false, Stop);
        await page.GoAsync(pages.Address, IsThere, Stop);
        var all = (await page.EvaluateAsync("[...document.querySelectorAll('a, summary, button, [tabindex=\"0\"]')].filter(one => one.checkVisibility()).length", Stop)).GetInt32();

        var reached = new List<string>();
        for (var step = 0; step < all; step++)
        {
            await page.PressAsync("Tab", Stop);
            reached.Add((await page.EvaluateAsync("(one => one === document.body ? '' : `${one.tagName} ${one.textContent.trim().slice(0, 40)} ${getComputedStyle(one).outlineStyle}`)(document.activeElement)", Stop)).GetString()!);
        }

        Assert.StartsWith("A Skip to the status", reached[0], StringComparison.Ordinal);
        Assert.All(reached, one => Assert.EndsWith(" solid", one, StringComparison.Ordinal));
        Assert.Contains(reached, one => one.StartsWith("A README about", StringComparison.Ordinal));
        Assert.Contains(reached, one => one.StartsWith("BUTTON Pause", StringComparison.Ordinal));

        // Back to the first check, and close it.
        await page.EvaluateAsync("document.querySelector('.check > summary').focus()", Stop);
        await page.PressAsync("Enter", Stop);
        Assert.False((await page.EvaluateAsync("document.querySelector('.check').open", Stop)).GetBoolean());
    }

    public async ValueTask DisposeAsync()
    {
        if (page is not null)
            await page.DisposeAsync();
    }

    // What is wrong with how the page looks, in words: too wide, cut off, one over the other, too little contrast, nameless pictures,
    // headings out of order, ids twice. Contrast as WCAG 2.2 §1.4.3 counts it, of each text against the colours behind it.
    private const string Faults = """
        (() => {
          const faults = [], root = document.documentElement;
          if (root.scrollWidth > root.clientWidth) faults.push(`The page is ${root.scrollWidth} wide in a window of ${root.clientWidth}`);
          const name = one => `${one.tagName.toLowerCase()}${one.id ? "#" + one.id : ""}.${one.getAttribute("class") ?? ""} "${one.textContent.trim().slice(0, 40)}"`;
          const forEars = new Set([...document.querySelectorAll("body *")].filter(one => getComputedStyle(one).clipPath === "inset(50%)").flatMap(one => [one, ...one.querySelectorAll("*")]));
          const shown = one => one.checkVisibility() && !forEars.has(one) && !one.closest(".skip, noscript");
          const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const colour = text => { context.clearRect(0, 0, 1, 1); context.fillStyle = text; context.fillRect(0, 0, 1, 1); return [...context.getImageData(0, 0, 1, 1).data]; };
          const light = ([r, g, b]) => { const part = v => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }; return .2126 * part(r) + .7152 * part(g) + .0722 * part(b); };
          const behind = one => { for (; one; one = one.parentElement) { const found = colour(getComputedStyle(one).backgroundColor); if (found[3] === 255) return found; if (found[3] > 0) faults.push(`${name(one)} lets through what is behind it`); } return [255, 255, 255, 255]; };
          for (const one of document.body.querySelectorAll("*")) {
            if (!shown(one) || one.closest("svg")) continue;
            const box = one.getBoundingClientRect(), style = getComputedStyle(one);
            if (box.width && (box.left < -1 || box.right > root.clientWidth + 1) && !one.closest(".scroll, pre")) faults.push(`${name(one)} goes from ${box.left} to ${box.right}`);
            if (one.scrollWidth > one.clientWidth + 1 && one.clientWidth && style.display !== "inline" && !/auto|scroll/.test(style.overflowX) && !one.closest(".scroll, pre")) faults.push(`${name(one)} is ${one.clientWidth} wide, its content ${one.scrollWidth}`);
            if (![...one.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.data.trim())) continue;
            const [ink, paper] = [light(colour(style.color)), light(behind(one))];
            const contrast = (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05);
            if (contrast < 4.5) faults.push(`${name(one)} has a contrast of ${contrast.toFixed(2)}`);
            if (parseFloat(style.fontSize) < 12) faults.push(`${name(one)} has letters of ${style.fontSize}`);
          }
          const texts = [...document.querySelectorAll("h1, h2, h3, h4, p, dt, dd, th, td, caption, summary, figcaption span, pre")].filter(one => shown(one) && !one.closest(".scroll") && one.getClientRects().length);
          const boxes = texts.map(one => one.getBoundingClientRect());
          for (let i = 0; i < texts.length; i++)
            for (let j = i + 1; j < texts.length && boxes.length < 1500; j++)
              if (!texts[i].contains(texts[j]) && !texts[j].contains(texts[i])
                && Math.min(boxes[i].right, boxes[j].right) - Math.max(boxes[i].left, boxes[j].left) > 1 && Math.min(boxes[i].bottom, boxes[j].bottom) - Math.max(boxes[i].top, boxes[j].top) > 1)
                faults.push(`${name(texts[i])} and ${name(texts[j])} lie over each other`);
          for (const picture of document.querySelectorAll("svg"))
            if (picture.getAttribute("aria-hidden") !== "true" && !(picture.getAttribute("role") === "img" && picture.getAttribute("aria-label"))) faults.push("A picture has no name");
          let level = 0;
          for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
            if (+heading.tagName[1] > level + 1) faults.push(`${name(heading)} follows a heading of level ${level}`);
            level = +heading.tagName[1];
          }
          if (document.querySelectorAll("h1, main").length !== 2) faults.push("There must be one h1 and one main");
          const ids = [...document.querySelectorAll("[id]")].map(one => one.id);
          faults.push(...ids.filter((id, index) => ids.indexOf(id) !== index).map(id => `The id ${id} is there twice`));
          for (const one of document.querySelectorAll("[aria-labelledby]"))
            if (!document.getElementById(one.getAttribute("aria-labelledby"))) faults.push(`${name(one)} is named by something that is not there`);
          for (const table of document.querySelectorAll("main table")) if (!table.caption && !table.closest("[aria-label]")) faults.push("A table has no caption");
          return faults;
        })()
        """;

    private static Task<ServedPage> StartHomeserverAsync() => ServedPage.StartAsync(() => """{ "versions": ["v1.11"] }""", "application/json");

    private static Task<RunningGateway> StartGatewayAsync(ServedPage homeserver) =>
        RunningGateway.StartAsync($$"""{ "Sites": [{ "ServerName": "localhost", "Homeserver": { "Address": "{{homeserver.Address}}" } }] }""");

    private static Examination Examined(FindingOutcome outcome) => new(
        "localhost", DateTimeOffset.UtcNow, TimeSpan.FromSeconds(1), ["It is asked at its own address"], [new("localhost", IPAddress.Loopback, 8448, null, null, "connection refused")],
        [
            new("documents", "Documents", FindingOutcome.Ok, "They say what they should", ["200 application/json"], null, null, null),
            outcome == FindingOutcome.Ok ? new("certificate", "Certificate", outcome, "It is valid", [], null, null, null)
                : new("certificate", "Certificate", outcome, "Expired nine days ago", ["until 13 Nov 2026"], "Nobody renewed it", "Renew it", "certificates"),
        ]);

    private static Uri Admin(RunningGateway gateway) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{gateway.Port(ListenerKind.Admin)}/"));

    private async Task SaveAsync(string name, bool isWhole = true)
    {
        if (Environment.GetEnvironmentVariable("MATRIXEDGE_PICTURES") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), await page.PictureAsync(isWhole, Stop), Stop);
    }

    /// <summary>A Chromium for these tests.</summary>
    public sealed class Browser : IAsyncLifetime
    {
        private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("matrixedge-status-");
        private TestAuthority? authority;
        private Chromium? chromium;

        /// <summary>Why there is none; null when there is.</summary>
        public string? WhyNot { get; } = File.Exists(Tools.Chromium) ? null : $"Chromium is not installed in {Tools.Chromium}; run tests/provision";

        public async ValueTask InitializeAsync()
        {
            if (WhyNot is not null)
                return;
            authority = new TestAuthority(directory.FullName);
            chromium = await Chromium.StartAsync(directory.FullName, authority, new Dictionary<string, string>(), Stop);
        }

        internal Task<BrowserPage> OpenAsync(CancellationToken cancellationToken) => chromium!.OpenAsync(cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (chromium is not null)
                await chromium.DisposeAsync();
            authority?.Dispose();
            directory.Delete(recursive: true);
        }
    }

    /// <summary>A page as it is, on a port of its own.</summary>
    private sealed class ServedPage(WebApplication app) : IAsyncDisposable
    {
        public Uri Address => new(app.Urls.Single());

        public static async Task<ServedPage> StartAsync(Func<string> write, string type = "text/html; charset=utf-8")
        {
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
            var app = builder.Build();
            app.Run(context =>
            {
                context.Response.ContentType = type;
                context.Response.Headers.ContentSecurityPolicy = StatusPage.Policy;
                return context.Response.WriteAsync(write());
            });
            await app.StartAsync(Stop);
            return new ServedPage(app);
        }

        public async ValueTask DisposeAsync() => await app.DisposeAsync();
    }
}
