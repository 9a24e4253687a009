using System.CommandLine;

namespace Crid.Cli;

/// <summary>The options of <c>crid run IMAGE</c>, and the pod that they describe.</summary>
internal sealed class RunOptions
{
    private const string ContainerName = "main";
    private readonly Option<string?> _name = new("--name") { Description = "Name of the pod", HelpName = "name" };
    private readonly Option<string[]> _environment = new("--env", "-e") { Description = "A variable; without a value it is taken from here", HelpName = "NAME[=value]" };
    private readonly Option<string[]> _volumes = new("--volume", "-v") { Description = "A path of this machine in the container", HelpName = "host:container[:ro]" };
    private readonly Option<string[]> _ports = new("--publish", "-p") { Description = "A port of this machine for one of the container", HelpName = "[ip:]host:container[/udp]" };
    private readonly Option<string?> _memory = new("--memory", "-m") { Description = "Memory limit: 64Mi, 1G, ...", HelpName = "size" };
    private readonly Option<string?> _cpus = new("--cpus") { Description = "CPU limit: 0.5, 500m, 2, ...", HelpName = "cores" };
    private readonly Option<string> _runtime = new("--runtime") { Description = "Runtime handler of the configuration", HelpName = "handler", DefaultValueFactory = _ => "" };
    private readonly Option<string> _network = new("--net") { Description = "pod: a network of its own; host: this machine's", HelpName = "pod|host", DefaultValueFactory = _ => "pod" };
    private readonly Option<string> _pid = new("--pid") { Description = "container: sees its own processes only; pod; host", HelpName = "container|pod|host", DefaultValueFactory = _ => "container" };
    private readonly Option<string> _directory = new("--workdir", "-w") { Description = "Directory to start in", HelpName = "path", DefaultValueFactory = _ => "" };
    private readonly Option<string?> _user = new("--user", "-u") { Description = "User (and group) to run as", HelpName = "name|uid[:gid]" };
    private readonly Option<string> _pull = new("--pull") { Description = "When to pull: missing, always or never", HelpName = "policy", DefaultValueFactory = _ => "missing" };
    private readonly Option<string?> _entrypoint = new("--entrypoint") { Description = "Instead of the image's", HelpName = "program" };
    private readonly Option<bool> _privileged = new("--privileged") { Description = "With all capabilities and devices" };
    private readonly Option<bool> _readOnly = new("--read-only") { Description = "With a root file system that cannot be written to" };

    public RunOptions()
    {
        _network.AcceptOnlyFromAmong("pod", "host");
        _pid.AcceptOnlyFromAmong("container", "pod", "host");
        _pull.AcceptOnlyFromAmong("missing", "always", "never");
    }

    private IEnumerable<Option> All =>
    [
        _name, _environment, _volumes, _ports, _memory, _cpus, _runtime, _network, _pid, _directory, _user, _pull, _entrypoint, _privileged, _readOnly,
    ];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <summary>The first of these options on the command line: none goes together with a manifest.</summary>
    public string? FirstGiven(ParseResult parsed) => All.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <exception cref="CliException">Usage: an option's value is not in its form.</exception>
    public PodManifest ToPod(ParseResult parsed, string image, string[] command)
    {
        List<(VolumeManifest Volume, VolumeMountManifest Mount)> volumes = [.. (parsed.GetValue(_volumes) ?? []).Select(RunValues.ParseVolume)];
        string pid = parsed.GetValue(_pid)!;
        ContainerManifest container = new()
        {
            Name = ContainerName,
            Image = image,
            PullPolicy = Enum.Parse<PullPolicy>(parsed.GetValue(_pull)!, ignoreCase: true),
            Command = parsed.GetValue(_entrypoint) is string program ? [program] : [],
            Args = [.. command.Select(Escape)],
            WorkingDirectory = parsed.GetValue(_directory)!,
            Environment = [.. (parsed.GetValue(_environment) ?? []).Select(RunValues.ParseVariable)],
            Ports = [.. (parsed.GetValue(_ports) ?? []).Select(RunValues.ParsePort)],
            Mounts = [.. volumes.Select(volume => volume.Mount)],
            Resources = RunValues.ParseResources(parsed.GetValue(_memory), parsed.GetValue(_cpus)),
            Security = RunValues.ParseUser(parsed.GetValue(_user)) with
            {
                Privileged = parsed.GetValue(_privileged),
                ReadOnlyRootFilesystem = parsed.GetValue(_readOnly),
                Seccomp = parsed.GetValue(_privileged) ? null : new SeccompManifest("RuntimeDefault", LocalhostProfile: null),
            },
        };
        return new PodManifest
        {
            Name = RunValues.CheckName(parsed.GetValue(_name)) ?? RunValues.NameFor(image),
            Containers = [container],
            Volumes = [.. volumes.Select(volume => volume.Volume)],
            HostNetwork = parsed.GetValue(_network) == "host",
            HostPid = pid == "host",
            ShareProcessNamespace = pid == "pod",
            RuntimeClass = parsed.GetValue(_runtime)!,
            TerminationGrace = PodStopper.DefaultGrace,
        };
    }

    // What is typed in a shell is meant as it stands; only manifests have $(NAME).
    private static string Escape(string word) => word.Replace("$", "$$", StringComparison.Ordinal);
}
