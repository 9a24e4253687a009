using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>All that outlives a daemon on the fake machine: rows, processes, and what lies in the file system and the kernel.</summary>
public sealed class Machine
{
    private readonly Lock _lock = new();
    private int _nextPid = 100;

    public string BootId { get; private set; } = "boot-1";

    public string NodeName { get; set; } = "node";

    internal Dictionary<SandboxId, Sandbox> SandboxRows { get; } = [];

    internal Dictionary<ContainerId, Container> ContainerRows { get; } = [];

    internal string? BootRow { get; set; }

    public HashSet<SandboxId> SandboxDirectories { get; } = [];

    public HashSet<SandboxId> SharedMemoryMounts { get; } = [];

    public HashSet<SandboxId> Namespaces { get; } = [];

    public HashSet<string> Attachments { get; } = [];

    public HashSet<ContainerId> ContainerDirectories { get; } = [];

    public HashSet<ContainerId> Snapshots { get; } = [];

    public HashSet<ContainerId> ImageVolumes { get; } = [];

    public HashSet<string> Cgroups { get; } = [];

    /// <summary>What the bundles in container directories name as their cgroups.</summary>
    public Dictionary<ContainerId, string> BundleCgroups { get; } = [];

    public HashSet<RuntimeState> RuntimeStates { get; } = [];

    public Dictionary<string, FakeProcess> Processes { get; } = [];

    public Dictionary<string, KeptProcess> Kept { get; } = [];

    /// <summary>Containers whose program was started.</summary>
    public HashSet<ContainerId> Started { get; } = [];

    /// <summary>The limits that the kernel was given by updates.</summary>
    internal Dictionary<ContainerId, ResourcesSpec> Limits { get; } = [];

    public HashSet<string> OutOfMemory { get; } = [];

    /// <summary>The keeper of the daemon that runs now; hears of exits.</summary>
    internal FakeKeeper? Listener { get; set; }

    /// <summary>The keeper loses what it knows of exits.</summary>
    public bool KeeperIsDeaf { get; set; }

    /// <summary>Everything that is on the machine, one line each; empty is clean.</summary>
    public IReadOnlyList<string> Leftovers => Locked(() => (IReadOnlyList<string>)
    [
        .. SandboxRows.Keys.Select(id => $"sandbox row {id.Short}"),
        .. ContainerRows.Keys.Select(id => $"container row {id.Short}"),
        .. SandboxDirectories.Select(id => $"sandbox directory {id.Short}"),
        .. SharedMemoryMounts.Select(id => $"shm {id.Short}"),
        .. Namespaces.Select(id => $"namespaces {id.Short}"),
        .. Attachments.Select(id => $"attachment {id[..12]}"),
        .. ContainerDirectories.Select(id => $"container directory {id.Short}"),
        .. Snapshots.Select(id => $"snapshot {id.Short}"),
        .. ImageVolumes.Select(id => $"image volumes {id.Short}"),
        .. Cgroups.Select(path => $"cgroup {path}"),
        .. RuntimeStates.Select(state => $"runtime state {state.Id.Short}"),
        .. Processes.Values.Where(process => !process.Exited.IsCompleted).Select(process => $"process {process.Id[..12]}"),
        .. Kept.Keys.Select(id => $"kept {id[..12]}"),
    ]);

    public T Locked<T>(Func<T> action)
    {
        lock (_lock)
        {
            return action();
        }
    }

    /// <summary>A process that the keeper spawns.</summary>
    public FakeProcess Spawn(string id) => Locked(() =>
    {
        FakeProcess process = new(this, id, _nextPid++);
        Processes[id] = process;
        Kept[id] = new KeptProcess(id, process.Pid, process.StartTimeTicks, Exit: null);
        return process;
    });

    /// <summary>A process ends: the kernel tells who holds a pidfd, the keeper tells the daemon.</summary>
    public void End(FakeProcess process, int status)
    {
        ProcessExit exit = new(process.Id, process.Pid, status, new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.Zero));
        FakeKeeper? listener = Locked(() =>
        {
            if (!process.TryEnd(status))
            {
                return null;
            }

            if (KeeperIsDeaf)
            {
                Kept.Remove(process.Id);
                return null;
            }

            if (Kept.TryGetValue(process.Id, out KeptProcess? kept))
            {
                Kept[process.Id] = kept with { Exit = exit };
            }

            return Listener;
        });
        listener?.Raise(exit);
    }

    /// <summary>What a reboot takes away: processes, mounts and all below /run.</summary>
    public void Reboot()
    {
        foreach (FakeProcess process in Processes.Values)
        {
            process.TryEnd(status: 255);
        }

        BootId += "+";
        Processes.Clear();
        Kept.Clear();
        SandboxDirectories.Clear();
        SharedMemoryMounts.Clear();
        Namespaces.Clear();
        ContainerDirectories.Clear();
        RuntimeStates.Clear();
        Cgroups.Clear();
    }
}
