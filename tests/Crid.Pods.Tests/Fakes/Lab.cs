using Crid.Core;
using Crid.Runtimes;
using Crid.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crid.Pods.Tests;

/// <summary>A daemon on a fake machine, with what tests need to look at.</summary>
internal sealed class Lab : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly bool _servesWhileRepairing;
    private PodService? _service;

    private Lab(Machine machine, bool servesWhileRepairing)
    {
        _servesWhileRepairing = servesWhileRepairing;
        Life = new Incarnation(machine);
        Keeper = new FakeKeeper(Life);
        Network = new FakeNetwork(Life);
        Runtimes = new FakeRuntimes(Life);
        Namespaces = new FakeNamespaces(Life);
        Cgroups = new FakeCgroups(Life);
        Snapshots = new FakeSnapshots(Life);
        Loopback = new FakeLoopback(Life);
    }

    public static CridDirectories Directories { get; } = new("/var/lib/crid", "/run/crid");

    public Incarnation Life { get; }

    public Machine Machine => Life.Machine;

    public FakeKeeper Keeper { get; }

    public FakeNetwork Network { get; }

    public FakeRuntimes Runtimes { get; }

    public FakeNamespaces Namespaces { get; }

    public FakeCgroups Cgroups { get; }

    public FakeSnapshots Snapshots { get; }

    public FakeLoopback Loopback { get; }

    public FakeImages Images { get; } = new();

    public ManualTime Time { get; } = new();

    public PodService Service => _service!;

    public ISandboxes Sandboxes => Service.Sandboxes;

    public IContainers Containers => Service.Containers;

    /// <summary>Starts a daemon, with recovery of what the machine holds.</summary>
    /// <param name="servesWhileRepairing">Returns when calls are served, before everything is repaired.</param>
    public static async Task<Lab> OpenAsync(Machine? machine = null, Action<Lab>? prepare = null, bool servesWhileRepairing = false)
    {
        Lab lab = new(machine ?? new Machine(), servesWhileRepairing);
        prepare?.Invoke(lab);
        await lab.StartAsync().WaitAsync(Patience);
        return lab;
    }

    public static SandboxSpec SandboxSpec(string name = "pod", NamespaceMode pid = NamespaceMode.Container, string handler = "") => new()
    {
        Metadata = new SandboxMetadata(name, "default", "uid-" + name, 0),
        Hostname = name,
        LogDirectory = "/var/log/pods/" + name,
        RuntimeHandler = handler,
        Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = pid } },
    };

    public static ContainerSpec ContainerSpec(string name = "main") => new()
    {
        Metadata = new ContainerMetadata(name, 0),
        Image = "busybox",
        LogPath = name + "/0.log",
        Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Container } },
    };

    /// <summary>A container with images among its volumes.</summary>
    public static ContainerSpec WithImageVolumes() => ContainerSpec() with
    {
        Mounts =
        [
            new MountSpec { ContainerPath = "/host", HostPath = "/srv" },
            new MountSpec { ContainerPath = "/data", Image = "data", ImageSubPath = "sub", ReadOnly = true },
            new MountSpec { ContainerPath = "/tools", Image = "busybox", ReadOnly = true },
        ],
    };

    public async Task<SandboxId> RunSandboxAsync(SandboxSpec? spec = null) =>
        await Sandboxes.RunAsync(spec ?? SandboxSpec(), CancellationToken.None).WaitAsync(Patience);

    public async Task<ContainerId> CreateContainerAsync(SandboxId sandbox, ContainerSpec? spec = null) =>
        await Containers.CreateAsync(sandbox.Value, spec ?? ContainerSpec(), CancellationToken.None).WaitAsync(Patience);

    /// <summary>A running container in a sandbox of its own.</summary>
    public async Task<ContainerId> RunContainerAsync(SandboxSpec? sandbox = null, ContainerSpec? container = null)
    {
        ContainerId id = await CreateContainerAsync(await RunSandboxAsync(sandbox), container);
        await Containers.StartAsync(id.Value, CancellationToken.None).WaitAsync(Patience);
        return id;
    }

    public FakeProcess ProcessOf(ContainerId id) => Machine.Locked(() => Machine.Processes[id.Value]);

    public ContainerStatus StatusOf(ContainerId id) => Containers.Get(id.Value).Status;

    /// <summary>Waits until a condition holds; fails after a while.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "the condition did not come true");
            await Task.Delay(1);
        }
    }

    /// <summary>Ends this daemon as SIGKILL does and starts another one.</summary>
    public async Task<Lab> CrashAndRestartAsync(Action<Lab>? prepare = null)
    {
        Machine.Locked(() =>
        {
            Life.Crash();
            return true;
        });
        return await OpenAsync(Machine, prepare);
    }

    public async ValueTask DisposeAsync()
    {
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }
    }

    private async Task StartAsync()
    {
        Machine.Listener = Keeper;
        PodsOptions options = new() { BootId = Machine.BootId };
        PodsContext context = new(
            options,
            Ports(),
            new MemoryTable<SandboxId, Sandbox>(Life, "sandbox", Machine.SandboxRows, record => record.Id),
            new MemoryTable<ContainerId, Container>(Life, "container", Machine.ContainerRows, record => record.Id),
            Time,
            NullLogger.Instance);
        _service = await PodService.OpenAsync(context, new FakeBootRecord(Life), CancellationToken.None);
        if (!_servesWhileRepairing)
        {
            await _service.Repaired;
        }
    }

    private PodsPorts Ports() => new()
    {
        Directories = Directories,
        Network = Network,
        Runtimes = Runtimes,
        InfraProcesses = new FakeInfraProcesses(Life),
        Keeper = Keeper,
        Images = Images,
        Snapshots = Snapshots,
        ImageVolumes = new FakeImageVolumes(Life),
        Host = new HostPorts
        {
            Namespaces = Namespaces,
            SandboxFiles = new FakeSandboxFiles(Life),
            ContainerFiles = new FakeContainerFiles(Life),
            Processes = new FakeProcesses(Life),
            Cgroups = Cgroups,
            RuntimeStates = new FakeRuntimeStates(Life),
            Loopback = Loopback,
            ReadNodeName = () => Machine.NodeName,
        },
    };
}
