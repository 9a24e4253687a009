using Crid.Core;

namespace Crid.HostTests;

/// <summary>The keeper is refused what it needs to do its work well.</summary>
public sealed class KeeperShortageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task MemoryCantBeLocked_OutputIsLoggedAndTheKeeperSaysWhatIsMissing()
    {
        const string Capabilities = "/usr/bin/setpriv";
        const string Limits = "/usr/bin/prlimit";
        HostRequirements.Require(Capabilities, Limits);
        await using KeeperLab lab = await KeeperLab.StartAsync();
        await lab.Process.TerminateAsync();
        lab.StartKeeperBehind(Capabilities, "--inh-caps", "-ipc_lock", "--bounding-set", "-ipc_lock", Limits, "--memlock=0");

        await lab.RunAsync(lab.Prepare("c1", "busybox seq 1 20000; exit 9"));

        Assert.Equal(9, (await lab.WaitForExitAsync("c1")).ExitStatus);
        Assert.Equal(Enumerable.Range(1, 20_000).Select(static number => $"stdout F {number}"), lab.ReadLogLines("c1"));
        Assert.Contains("what is read can't be stored", lab.ReadKeeperLog(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoMoreProcesses_CreateFails_WhatRunsGoesOn()
    {
        await using KeeperLab lab = await KeeperLab.StartAsync();
        string cgroup = LabCgroup.Create(lab.Name, "pids").Path;
        await lab.Process.TerminateAsync();
        lab.StartKeeper(cgroup);
        const string Script = "read a; busybox seq 1 20000; exit 8";
        await lab.RunAsync(lab.Prepare("c1", Script) with { Stdin = true });
        await lab.RunAsync(lab.Prepare("c2", Script) with { Stdin = true });
        await Eventually.TrueAsync(() => LabCleanup.ReadProcesses(cgroup).Single() == lab.Process.Pid, "only the keeper is in its cgroup");
        string limit = $"{cgroup}/pids.max";
        await File.WriteAllTextAsync(limit, await File.ReadAllTextAsync($"{cgroup}/pids.current", Token), Token);

        CridException failure = await Assert.ThrowsAsync<CridException>(() => lab.Client.CreateAsync(lab.Prepare("c3", "exit 6"), Token));
        foreach (string id in new[] { "c1", "c2" })
        {
            await File.WriteAllTextAsync($"{lab.BundleOf(id)}/io/stdin", "\n", Token);
            Assert.Equal(8, (await lab.WaitForExitAsync(id)).ExitStatus);
            Assert.Equal(Enumerable.Range(1, 20_000).Select(static number => $"stdout F {number}"), lab.ReadLogLines(id));
        }

        await File.WriteAllTextAsync(limit, "max", Token);
        await lab.RunAsync(lab.Prepare("c3", "exit 6"));

        Assert.Contains("Resource temporarily unavailable", failure.Message, StringComparison.Ordinal);
        Assert.Equal(6, (await lab.WaitForExitAsync("c3")).ExitStatus);
        Assert.False(lab.Process.HasExited);
    }
}
