using System.Text;
using Crid.Core;
using Crid.Linux;
using Crid.Runtimes;

namespace Crid.HostTests;

/// <summary>The pause program and containers that share its PID namespace.</summary>
[Collection(ActingKeeperCollection.Name)]
public sealed class InfraProcessTests
{
    [Fact]
    public async Task Start_ContainerOfThePod_SharesThePidNamespaceUntilStop()
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync("runc");
        InfraProcesses infra = new(new PauseOptions(), RuntimeLab.CgroupDriver, lab.Cgroups, lab.Services);
        SandboxId id = SandboxId.New();
        Directory.CreateDirectory(lab.Services.Directories.Sandbox(id));
        ContainerSpec spec = lab.Spec("/bin/sleep", "1000");

        InfraProcess process = await infra.StartAsync(lab.Sandbox, lab.Environment(id), CancellationToken.None);
        (ContainerId container, _) = await lab.RunAsync(spec with { Security = new SecuritySpec() }, process);
        ExecSyncResult first = await lab.Runtime.ExecSyncAsync(container, ["cat", "/proc/1/comm"], timeout: null, CancellationToken.None);

        ExecSyncResult commandLine = await lab.Runtime.ExecSyncAsync(container, ["cat", "/proc/1/cmdline"], timeout: null, CancellationToken.None);

        Assert.Equal("crid-pause\n", Encoding.UTF8.GetString(first.Stdout));
        Assert.Equal("pause", Encoding.UTF8.GetString(commandLine.Stdout).Trim('\0'));
        Assert.Equal([process.Pid], LabCleanup.FindCgroups(id.Value).SelectMany(LabCleanup.ReadProcesses).Distinct());
        await infra.StopAsync(id, process, CancellationToken.None);
        Assert.Equal(137, await lab.WaitAsync(container));
        await Eventually.TrueAsync(() => !LabCleanup.FindCgroups(id.Value).Any(), "the cgroup is gone; systemd removes it in its own time");
        await Eventually.TrueAsync(() => HasEnded(process), "the process has ended");
    }

    [Fact]
    public async Task Start_SandboxWithUserGroupsAndProfiles_IsNobodyWithoutRightsAllTheSame()
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync("runc");
        InfraProcesses infra = new(new PauseOptions(), RuntimeLab.CgroupDriver, lab.Cgroups, lab.Services);
        SandboxId id = SandboxId.New();
        Directory.CreateDirectory(lab.Services.Directories.Sandbox(id));
        SecuritySpec security = new()
        {
            Privileged = true,
            RunAsUser = 1234,
            RunAsGroup = 1235,
            SupplementalGroups = [7],
            Seccomp = new SecurityProfileSpec(ProfileKind.RuntimeDefault, ""),
            AppArmor = new SecurityProfileSpec(ProfileKind.Localhost, "not-loaded"),
        };

        InfraProcess process = await infra.StartAsync(lab.Sandbox with { Security = security }, lab.Environment(id), CancellationToken.None);
        string[] status = await File.ReadAllLinesAsync($"/proc/{process.Pid}/status", TestContext.Current.CancellationToken);
        await infra.StopAsync(id, process, CancellationToken.None);

        Assert.Contains("Uid:\t65534\t65534\t65534\t65534", status);
        Assert.Contains("Gid:\t65534\t65534\t65534\t65534", status);
        Assert.Equal("Groups:", Assert.Single(status, static line => line.StartsWith("Groups:", StringComparison.Ordinal)).TrimEnd());
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], set => Assert.Contains($"{set}:\t0000000000000000", status));
        Assert.Contains("NoNewPrivs:\t1", status);
    }

    [Fact]
    public async Task Stop_ProcessThatNobodyKnows_IsKilledWithItsCgroups()
    {
        Assert.SkipWhen(LabMachine.UsesSystemd, "systemd makes the cgroup here, and removes it by itself");
        await using RuntimeLab lab = await RuntimeLab.CreateAsync("runc");
        InfraProcesses infra = new(new PauseOptions(), RuntimeLab.CgroupDriver, lab.Cgroups, lab.Services);
        SandboxId id = SandboxId.New();
        Directory.CreateDirectory(lab.Services.Directories.Sandbox(id));
        InfraProcess process = await infra.StartAsync(lab.Sandbox, lab.Environment(id), CancellationToken.None);
        Array.ForEach([.. LabCleanup.FindCgroups(id.Value)], static cgroup => Directory.CreateDirectory($"{cgroup}/below/further"));

        await infra.StopAsync(id, process: null, CancellationToken.None);

        Assert.Empty(LabCleanup.FindCgroups(id.Value));
        await Eventually.TrueAsync(() => HasEnded(process), "the process has ended");
    }

    [Fact]
    public async Task Start_NamespaceThatDoesNotExist_SaysSoAndLeavesNoCgroup()
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync("runc");
        InfraProcesses infra = new(new PauseOptions(), RuntimeLab.CgroupDriver, lab.Cgroups, lab.Services);
        SandboxId id = SandboxId.New();
        Directory.CreateDirectory(lab.Services.Directories.Sandbox(id));

        CridException exception = await Assert.ThrowsAsync<CridException>(
            () => infra.StartAsync(lab.Sandbox, lab.Environment(id) with { NetworkNamespace = "/no/such/ns" }, CancellationToken.None));

        Assert.Contains("/no/such/ns", exception.Message, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => !LabCleanup.FindCgroups(id.Value).Any(), "the cgroup is gone; systemd removes it in its own time");
    }

    [Fact]
    public async Task Stop_Twice_IsAccepted()
    {
        await using RuntimeLab lab = await RuntimeLab.CreateAsync("runc");
        InfraProcesses infra = new(new PauseOptions(), RuntimeLab.CgroupDriver, lab.Cgroups, lab.Services);
        SandboxId id = SandboxId.New();
        Directory.CreateDirectory(lab.Services.Directories.Sandbox(id));
        InfraProcess process = await infra.StartAsync(lab.Sandbox, lab.Environment(id), CancellationToken.None);

        await infra.StopAsync(id, process, CancellationToken.None);
        await infra.StopAsync(id, process, CancellationToken.None);

        await Eventually.TrueAsync(() => !LabCleanup.FindCgroups(id.Value).Any(), "the cgroup is gone; systemd removes it in its own time");
    }

    private static bool HasEnded(InfraProcess process) =>
        ProcessStat.Find(process.Pid) is not ProcessStat stat || stat.IsEnded || stat.StartTimeTicks != process.StartTimeTicks;
}
