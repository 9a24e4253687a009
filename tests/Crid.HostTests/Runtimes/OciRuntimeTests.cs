using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.HostTests;

/// <summary>Containers of real OCI runtimes.</summary>
[Collection(ActingKeeperCollection.Name)]
public sealed class OciRuntimeTests
{
    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Create_ExitStatus_OutputAndStatusArrive(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);

        (ContainerId id, CreatedContainer created) = await lab.RunAsync(lab.Spec("/bin/sh", "-c", "echo out; cat /etc/hosts; exit 7"));

        Assert.Equal(7, await lab.WaitAsync(id));
        Assert.Equal("out\nhosts of the test\n", await File.ReadAllTextAsync(lab.LogPath(id), TestContext.Current.CancellationToken));
        Assert.EndsWith(id.Value, created.CgroupPath, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Create_RuntimeDefaultSeccompAndUser_ProcessHasThem(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        ContainerSpec spec = lab.Spec("/bin/sh", "-c", "id; cat /proc/self/status");

        (ContainerId id, CreatedContainer created) = await lab.RunAsync(spec with
        {
            Security = spec.Security with
            {
                RunAsUsername = "web",
                SupplementalGroups = [1234],
                NoNewPrivileges = true,
                Capabilities = new CapabilitiesSpec([], ["ALL"], []),
                Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, ""),
            },
        });

        Assert.Equal(0, await lab.WaitAsync(id));
        string log = await File.ReadAllTextAsync(lab.LogPath(id), TestContext.Current.CancellationToken);
        Assert.Equal([1000, 1234, 50000], created.User.SupplementalGroups);
        Assert.Contains("uid=1000(web) gid=1000(web)", log, StringComparison.Ordinal);
        Assert.Matches("Groups:\\s+1000 1234 50000", log);
        Assert.Matches("CapBnd:\\s+0000000000000000", log);
        Assert.Matches("NoNewPrivs:\\s+1", log);
        Assert.Matches("Seccomp:\\s+2", log);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Create_MissingCommand_NamesItAndLeavesNothing(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        ContainerCreation creation = lab.Creation(lab.Spec("no-such-command", "x"));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Runtime.CreateAsync(creation, CancellationToken.None));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("command 'no-such-command' was not found", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists($"{lab.Services.Directories.Runtimes}/{runtime}/{creation.Id}"));
        await Eventually.TrueAsync(() => !LabCleanup.FindCgroups(creation.Id.Value).Any(), "the cgroup is gone");
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task ExecSync_Commands_OutputAndStatus(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        (ContainerId id, _) = await lab.RunAsync(lab.Spec("/bin/sleep", "1000"));

        ExecSyncResult hello = await ExecAsync(lab, id, "/bin/sh", "-c", "echo hello; echo oops >&2; exit 3");
        ExecSyncResult large = await ExecAsync(lab, id, "/bin/sh", "-c", "dd if=/dev/zero bs=1048576 count=20 2>/dev/null");
        ExecSyncResult child = await ExecAsync(lab, id, "/bin/sh", "-c", "sleep 1000 & echo started");
        CridException missing = await Assert.ThrowsAsync<CridException>(() => ExecAsync(lab, id, "/no/such"));

        Assert.Equal(("hello\n", "oops\n", 3), (Encoding.UTF8.GetString(hello.Stdout), Encoding.UTF8.GetString(hello.Stderr), hello.ExitStatus));
        Assert.Equal((16 << 20, 0), (large.Stdout.Length, large.ExitStatus));
        Assert.Equal(("started\n", 0), (Encoding.UTF8.GetString(child.Stdout), child.ExitStatus));
        Assert.Contains("command '/no/such' was not found", missing.Message, StringComparison.Ordinal);
        Assert.Empty(await lab.Services.Keeper.ListAsync(CancellationToken.None) is var kept ? kept.Where(process => process.Id != id.Value) : []);
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task ExecSync_Timeout_KillsTheCommandAndItsChildren(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        (ContainerId id, _) = await lab.RunAsync(lab.Spec("/bin/sleep", "1000"));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Runtime.ExecSyncAsync(
            id, ["/bin/sh", "-c", "sleep 4321 & (sleep 4322 & exec sleep 4323) & wait"], TimeSpan.FromSeconds(1), CancellationToken.None));

        Assert.Equal(ErrorKind.DeadlineExceeded, exception.Kind);
        ExecSyncResult left = await ExecAsync(lab, id, "pgrep", "-f", "sleep 432");
        Assert.Equal("", Encoding.UTF8.GetString(left.Stdout));
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Update_MemoryLimit_ChangesTheCgroup(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        ContainerSpec spec = lab.Spec("/bin/sleep", "1000") with { Resources = new ResourcesSpec { MemoryLimitInBytes = 64 << 20, CpuShares = 512 } };
        (ContainerId id, CreatedContainer created) = await lab.RunAsync(spec);

        await lab.Runtime.UpdateAsync(id, new ResourcesSpec { MemoryLimitInBytes = 96 << 20 }, CancellationToken.None);

        string directory = Crid.Linux.CgroupTree.DirectoryOf(lab.Cgroups.Layout.Find("memory")!, new ContainerCgroups(lab.Cgroups).DirectoryOf(created.CgroupPath));
        string file = lab.Cgroups.Layout.Mode == Crid.Linux.CgroupMode.Unified ? "memory.max" : "memory.limit_in_bytes";
        Assert.Equal($"{96 << 20}", (await File.ReadAllTextAsync($"{directory}/{file}", TestContext.Current.CancellationToken)).Trim());
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task WasOomKilled_MoreThanTheLimit_IsTrueBeforeAndAfterTheDelete(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        ContainerSpec spec = lab.Spec("/bin/sh", "-c", "exec dd if=/dev/zero of=/dev/null bs=64M count=1");
        ContainerCgroups cgroups = new(lab.Cgroups);

        (ContainerId id, CreatedContainer created) = await lab.RunAsync(spec with { Resources = new ResourcesSpec { MemoryLimitInBytes = 15 << 20 } });

        Assert.Equal(137, await lab.WaitAsync(id));
        Assert.True(cgroups.WasOomKilled(created.CgroupPath));
        await lab.Runtime.DeleteAsync(id, CancellationToken.None);
        Assert.True(cgroups.WasOomKilled(created.CgroupPath));
    }

    [Theory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task Delete_KilledWhileItHadItselfMounted_LeavesNothing(string runtime)
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync(runtime);
        ContainerId id = ContainerId.New();
        string state = $"{lab.Services.Directories.Runtimes}/{runtime}/{id.Value}";
        Directory.CreateDirectory(state);
        File.WriteAllText($"{state}/runc.abc", "");
        Mounts.Bind("/usr/bin/busybox", $"{state}/runc.abc");

        await lab.Runtime.DeleteAsync(id, CancellationToken.None);

        Assert.False(Directory.Exists(state));
        Assert.DoesNotContain(Mounts.Read(), mount => mount.Mountpoint.StartsWith(state, StringComparison.Ordinal));
    }

    private static Task<ExecSyncResult> ExecAsync(RuntimeLab lab, ContainerId id, params string[] command) =>
        lab.Runtime.ExecSyncAsync(id, command, TimeSpan.FromSeconds(20), CancellationToken.None);
}
