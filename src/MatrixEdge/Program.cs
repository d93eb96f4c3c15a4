using System.CommandLine;
using MatrixEdge;
using MatrixEdge.Observability;

// Before anything else: even the command line takes a while to be understood.
if (args is [] or ["serve", ..] or ["--config", ..])
    StartAhead.Begin();

var config = new Option<string?>("--config")
{
    Description = "The configuration file. Else: $MATRIXEDGE_CONFIG, ./appsettings.json, /etc/matrixedge/appsettings.json, local mode.",
    HelpName = "FILE",
    Recursive = true,
};
var serve = new Command("serve", "Runs the gateway (the default).");
var check = new Command("check", "Checks the configuration and says what would be served.");
var version = new Command("version", "Says which build this is.");

var from = new Option<string[]>("--from")
{
    Description = "The homeserver's configuration: homeserver.yaml, conduwuit.toml, dendrite.yaml, or a directory. May be repeated.",
    HelpName = "FILE",
    DefaultValueFactory = _ => [],
};
var output = new Option<string>("--out") { Description = "The file to write.", HelpName = "FILE", DefaultValueFactory = _ => "appsettings.json" };
var force = new Option<bool>("--force") { Description = "Replace the file if it is there already." };
var init = new Command("init", "Writes a first configuration, by questions or from the homeserver's.") { from, output, force };

var json = new Option<bool>("--json") { Description = "Print what the gateway answers, as JSON.", Recursive = true };
var sites = new Argument<string[]>("SITE") { Description = "Server names of sites. None: all.", Arity = ArgumentArity.ZeroOrMore };
var site = new Argument<string?>("SITE") { Description = "The server name of the site; needed when there are several.", Arity = ArgumentArity.ZeroOrOne };
var reason = new Option<string>("--reason") { Description = "Why.", HelpName = "REASON", DefaultValueFactory = _ => "unspecified" };
reason.AcceptOnlyFromAmong("unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation");
var yes = new Option<bool>("--yes") { Description = "Do not ask." };
var list = new Command("list", "Shows the certificates, when they will be renewed, and what failed last (the default).");
var renew = new Command("renew", "Orders new certificates now.") { sites };
var revoke = new Command("revoke", "Revokes a site's certificate and orders another.") { site, reason, yes };
var roll = new Command("roll-account-key", "Gives the account at each authority a new key.");
var certificates = new Command("certificates", "Shows and handles the certificates of the running gateway, by its admin listener.") { json, list, renew, revoke, roll };

var maintained = new Argument<string[]>("SITE") { Description = "Server names of sites. None: all.", Arity = ArgumentArity.ZeroOrMore };
var message = new Option<string?>("--message") { Description = "What clients and other servers are told.", HelpName = "TEXT" };
var maintenanceOn = new Command("on", "Answers in the homeserver's place that it is being maintained; well-known documents stay.") { maintained, message };
var maintenanceOff = new Command("off", "Ends that.") { maintained };
var maintenanceStatus = new Command("status", "Shows who is being maintained (the default).");
var maintenance = new Command("maintenance", "Takes homeservers away for a while, in words that clients and servers understand.") { json, maintenanceOn, maintenanceOff, maintenanceStatus };
var federation = new Command("federation", "Shows which servers come, and how far a move of federation has come.") { json };

var serverName = new Argument<string?>("SERVER_NAME") { Description = "What stands behind the colon in @user:example.org. None: the sites of the configuration.", Arity = ArgumentArity.ZeroOrOne };
var doctorJson = new Option<bool>("--json") { Description = "Print the findings as JSON." };
var trust = new Option<string?>("--trust") { Description = "Certificates of authorities to trust beside the system's, in PEM.", HelpName = "PEM" };
var resolver = new Option<string[]>("--resolver") { Description = "The name server to ask, in place of the system's. May be repeated.", HelpName = "ADDRESS[:PORT]", DefaultValueFactory = _ => [] };
var timeout = new Option<double>("--timeout") { Description = "How long a connection may take; an answer may take twice that.", HelpName = "SECONDS", DefaultValueFactory = _ => 5 };
var hold = new Option<int>("--hold") { Description = "Own sites: also see whether a request to which nothing is said is kept for this long.", HelpName = "SECONDS", DefaultValueFactory = _ => 0 };
var doctor = new Command("doctor", "Looks at a Matrix server from outside, as other servers and clients do, and explains what is wrong.") { serverName, doctorJson, trust, resolver, timeout, hold };

var exportSite = new Option<string?>("--site") { Description = "The server name of the site; needed when there are several.", HelpName = "SERVER_NAME" };
var target = new Option<string>("--for") { Description = "What the other host understands.", HelpName = string.Join('|', ExportCommand.Targets), DefaultValueFactory = _ => ExportCommand.Targets[0] };
target.AcceptOnlyFromAmong([.. ExportCommand.Targets]);
var directory = new Option<string>("--out") { Description = "The directory to write to; it is made if need be.", HelpName = "DIR", Required = true };
var replace = new Option<bool>("--force") { Description = "Replace files that are there already and say something else." };
var wellKnown = new Command("well-known", "The well-known documents, for a host that answers for the server name.") { directory, target, exportSite, replace };
var export = new Command("export", "Writes what another host needs.") { wellKnown };

var root = new RootCommand("MatrixEdge makes a Matrix homeserver reachable and federating, and keeps it so.") { config, serve, check, doctor, init, export, certificates, maintenance, federation, version };

root.SetAction((arguments, stop) => Commands.ServeAsync(arguments.GetValue(config), stop));
serve.SetAction((arguments, stop) => Commands.ServeAsync(arguments.GetValue(config), stop));
check.SetAction((arguments, stop) => Commands.CheckAsync(arguments.GetValue(config), stop));
init.SetAction(arguments => InitCommand.Run(arguments.GetValue(config), arguments.GetValue(from)!, arguments.GetValue(output)!, arguments.GetValue(force)));
wellKnown.SetAction(arguments => ExportCommand.WellKnown(
    arguments.GetValue(config), arguments.GetValue(exportSite), arguments.GetValue(target)!, arguments.GetValue(directory)!, arguments.GetValue(replace)));
certificates.SetAction((arguments, stop) => CertificateCommands.ListAsync(arguments.GetValue(config), arguments.GetValue(json), stop));
list.SetAction((arguments, stop) => CertificateCommands.ListAsync(arguments.GetValue(config), arguments.GetValue(json), stop));
renew.SetAction((arguments, stop) => CertificateCommands.RenewAsync(arguments.GetValue(config), arguments.GetValue(sites) ?? [], arguments.GetValue(json), stop));
revoke.SetAction((arguments, stop) => CertificateCommands.RevokeAsync(
    arguments.GetValue(config), arguments.GetValue(site), arguments.GetValue(reason)!, arguments.GetValue(yes), arguments.GetValue(json), stop));
roll.SetAction((arguments, stop) => CertificateCommands.RollAccountKeyAsync(arguments.GetValue(config), arguments.GetValue(json), stop));
maintenance.SetAction((arguments, stop) => OperatingCommands.ShowMaintenanceAsync(arguments.GetValue(config), arguments.GetValue(json), stop));
maintenanceStatus.SetAction((arguments, stop) => OperatingCommands.ShowMaintenanceAsync(arguments.GetValue(config), arguments.GetValue(json), stop));
maintenanceOn.SetAction((arguments, stop) => OperatingCommands.SetMaintenanceAsync(
    arguments.GetValue(config), true, arguments.GetValue(maintained) ?? [], arguments.GetValue(message), arguments.GetValue(json), stop));
maintenanceOff.SetAction((arguments, stop) => OperatingCommands.SetMaintenanceAsync(
    arguments.GetValue(config), false, arguments.GetValue(maintained) ?? [], null, arguments.GetValue(json), stop));
federation.SetAction((arguments, stop) => OperatingCommands.ShowFederationAsync(arguments.GetValue(config), arguments.GetValue(json), stop));
doctor.SetAction((arguments, stop) => DoctorCommand.RunAsync(
    arguments.GetValue(serverName), arguments.GetValue(config), arguments.GetValue(doctorJson), arguments.GetValue(trust), arguments.GetValue(resolver)!, arguments.GetValue(timeout), arguments.GetValue(hold), stop));
version.SetAction(_ => Console.Out.WriteLine(VersionText.Full));

var parsed = root.Parse(args);
var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
return parsed.Errors.Count > 0 ? Commands.BadUse : code;
