namespace Crid.HostTests;

/// <summary>A container's cgroup that is frozen until it is disposed: what is frozen on cgroup v1 would keep the lab from ending.</summary>
internal sealed class FrozenCgroup : IAsyncDisposable
{
    private static readonly bool Unified = File.Exists("/sys/fs/cgroup/cgroup.controllers");
    private readonly string _directory;

    private FrozenCgroup(string directory) => _directory = directory;

    private static string Switch => Unified ? "cgroup.freeze" : "freezer.state";

    internal static async Task<FrozenCgroup> FreezeAsync(string containerId)
    {
        FrozenCgroup cgroup = new(LabCleanup.FindCgroups(containerId).First(static directory => File.Exists($"{directory}/{Switch}")));
        await File.WriteAllTextAsync($"{cgroup._directory}/{Switch}", Unified ? "1" : "FROZEN");
        string state = $"{cgroup._directory}/{(Unified ? "cgroup.events" : "freezer.state")}";
        await Eventually.TrueAsync(() => File.ReadAllText(state).Contains(Unified ? "frozen 1" : "FROZEN", StringComparison.Ordinal), "the container is frozen");
        return cgroup;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists($"{_directory}/{Switch}"))
        {
            await File.WriteAllTextAsync($"{_directory}/{Switch}", Unified ? "0" : "THAWED");
        }
    }
}
