using Crid.Linux;

namespace Crid.HostTests;

/// <summary>Killing what is in a cgroup that somebody else, such as systemd, removes meanwhile.</summary>
public sealed class CgroupKillTests
{
    [Fact]
    public async Task KillAll_CgroupVanishesMeanwhile_IsDone()
    {
        const int Rounds = 20_000;
        HostRequirements.Require();
        CgroupHierarchy? unified = CgroupLayout.Detect().Hierarchies.FirstOrDefault(static hierarchy => hierarchy.IsUnified);
        Assert.SkipWhen(unified is null, "only cgroup v2 has cgroup.kill");
        CgroupTree tree = new(new CgroupLayout([unified]));
        string path = $"/crid-test-kill-{Environment.ProcessId}";
        using CancellationTokenSource done = new();
        Task others = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                tree.Create(path);
                tree.Remove(path);
            }
        });

        int killed = 0;
        try
        {
            for (int round = 0; round < Rounds; round++)
            {
                killed += tree.KillAll(path) ? 1 : 0;
            }
        }
        finally
        {
            await done.CancelAsync();
            await others;
        }

        Assert.Equal(Rounds, killed);
        Assert.False(tree.Exists(path));
    }
}
