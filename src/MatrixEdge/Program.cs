using System.CommandLine;
using MatrixEdge;
using MatrixEdge.Observability;

var config = new Option<string?>("--config")
{
    Description = "The configuration file. Else: $MATRIXEDGE_CONFIG, ./appsettings.json, /etc/matrixedge/appsettings.json, local mode.",
    HelpName = "FILE",
    Recursive = true,
};
var serve = new Command("serve", "Runs the gateway (the default).");
var check = new Command("check", "Checks the configuration and says what would be served.");
var version = new Command("version", "Says which build this is.");
var root = new RootCommand("MatrixEdge makes a Matrix homeserver reachable and federating, and keeps it so.") { config, serve, check, version };

root.SetAction((arguments, stop) => Commands.ServeAsync(arguments.GetValue(config), stop));
serve.SetAction((arguments, stop) => Commands.ServeAsync(arguments.GetValue(config), stop));
check.SetAction((arguments, stop) => Commands.CheckAsync(arguments.GetValue(config), stop));
version.SetAction(_ => Console.Out.WriteLine(VersionText.Full));

var parsed = root.Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? Commands.BadUse : code;
