using System.Collections.Concurrent;
using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Linux;
using Crid.Oci;
using Crid.Runtimes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.HostTests;

/// <summary>Directories, a root file system of busybox and one OCI runtime, all removed at the end.</summary>
internal sealed class RuntimeLab : IAsyncDisposable
{
    private const string Busybox = "/usr/bin/busybox";

    private readonly string _root;
    private readonly ConcurrentBag<ContainerId> _containers = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ProcessExit>> _exits = new();

    private RuntimeLab(string root, OciRuntimes runtimes, RuntimeServices services)
    {
        _root = root;
        Runtimes = runtimes;
        Services = services;
        services.Keeper.Exited += exit => ExitOf(exit.Id).TrySetResult(exit);
    }

    public static CgroupDriver CgroupDriver { get; } = LabMachine.UsesSystemd ? CgroupDriver.Systemd : CgroupDriver.Cgroupfs;

    public OciRuntimes Runtimes { get; }

    public RuntimeServices Services { get; }

    public IOciRuntime Runtime => Runtimes.Get("");

    public CgroupTree Cgroups { get; } = new(CgroupLayout.Detect());

    public static async Task<RuntimeLab> CreateAsync(string runtime, Func<RuntimesOptions, RuntimesOptions>? adjust = null)
    {
        HostRequirements.Require($"/usr/bin/{runtime}".Replace("bin/runc", "sbin/runc", StringComparison.Ordinal), Busybox);
        string root = Directory.CreateTempSubdirectory("crid-rt-").FullName;
        CridDirectories directories = new($"{root}/lib", $"{root}/run");
        EventLoop loop = new();
        RuntimeServices services = new()
        {
            Directories = directories,
            EventLoop = loop,
            Keeper = new DirectKeeper(loop),
            Programs = new ProgramRunner(loop, TimeProvider.System),
            Host = HostFactsReader.Read(CgroupLayout.Detect()),
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
        };
        Directory.CreateDirectory($"{root}/rootfs/bin");
        File.Copy(Busybox, $"{root}/rootfs/bin/busybox");
        foreach (string applet in (string[])["sh", "sleep", "cat", "id", "pgrep", "dd", "ls"])
        {
            File.CreateSymbolicLink($"{root}/rootfs/bin/{applet}", "busybox");
        }

        Directory.CreateDirectory($"{root}/rootfs/etc");
        File.WriteAllText($"{root}/rootfs/etc/passwd", "root:x:0:0::/:/bin/sh\nweb:x:1000:1000::/:/bin/sh\n");
        File.WriteAllText($"{root}/rootfs/etc/group", "root:x:0:\nweb:x:1000:\nextra:x:50000:web\n");
        foreach (string file in (string[])["resolv.conf", "hostname", "hosts"])
        {
            File.WriteAllText($"{root}/{file}", $"{file} of the test\n");
        }

        RuntimesOptions options = new()
        {
            Handlers = [.. RuntimesOptions.Discover().Where(handler => handler.Name == runtime)],
            CgroupDriver = CgroupDriver,
        };
        return new RuntimeLab(root, await OciRuntimes.OpenAsync(adjust?.Invoke(options) ?? options, services, CancellationToken.None), services);
    }

    public ContainerSpec Spec(params string[] command) => new()
    {
        Metadata = new ContainerMetadata("test", 0),
        Image = "test",
        Command = command,
        Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Container } },
    };

    public SandboxSpec Sandbox { get; } = new() { Metadata = new SandboxMetadata("pod", "ns", "uid", 0), CgroupParent = LabMachine.CgroupParent("runtimes") };

    public SandboxEnvironment Environment(SandboxId id) => new()
    {
        Id = id,
        ResolvConfPath = $"{_root}/resolv.conf",
        HostnamePath = $"{_root}/hostname",
        HostsPath = $"{_root}/hosts",
        Hostname = "lab",
    };

    public ContainerCreation Creation(ContainerSpec spec, InfraProcess? infra = null)
    {
        ContainerId id = ContainerId.New();
        _containers.Add(id);
        Directory.CreateDirectory(Services.Directories.Container(id));
        return new ContainerCreation
        {
            Id = id,
            Spec = spec,
            Sandbox = Sandbox,
            Environment = Environment(SandboxId.New()),
            Image = new ImageConfig(),
            RootfsPath = $"{_root}/rootfs",
            BundleDirectory = Services.Directories.Container(id),
            LogPath = LogPath(id),
            PidOwner = infra is null ? null : new ProcessIdentity(infra.Pid, infra.StartTimeTicks),
        };
    }

    public string LogPath(ContainerId id) => $"{Services.Directories.Container(id)}/log";

    /// <summary>Creates and starts a container.</summary>
    public async Task<(ContainerId Id, CreatedContainer Created)> RunAsync(ContainerSpec spec, InfraProcess? infra = null)
    {
        ContainerCreation creation = Creation(spec, infra);
        CreatedContainer created = await Runtime.CreateAsync(creation, CancellationToken.None);
        await Runtime.StartAsync(creation.Id, CancellationToken.None);
        return (creation.Id, created);
    }

    public async Task<int> WaitAsync(ContainerId id) => (await ExitOf(id.Value).Task.WaitAsync(TimeSpan.FromSeconds(20))).ExitStatus;

    public async ValueTask DisposeAsync()
    {
        foreach (ContainerId id in _containers)
        {
            await Runtime.DeleteAsync(id, CancellationToken.None);
        }

        if (!LabMachine.UsesSystemd)
        {
            Cgroups.Remove(Sandbox.CgroupParent);
        }

        Runtimes.Dispose();
        (Services.Keeper as IDisposable)?.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private TaskCompletionSource<ProcessExit> ExitOf(string id) =>
        _exits.GetOrAdd(id, static _ => new TaskCompletionSource<ProcessExit>(TaskCreationOptions.RunContinuationsAsynchronously));
}
