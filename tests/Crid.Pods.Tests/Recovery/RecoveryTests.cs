using Crid.Core;
using Crid.Keeper.Protocol;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class RecoveryTests
{
    [Fact]
    public async Task Recovery_RunningContainer_RunsOnAndItsExitIsSeen()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();

        await using Lab after = await before.CrashAndRestartAsync();

        Assert.Equal(ContainerState.Running, after.StatusOf(id).State);
        Assert.Equal(SandboxState.Ready, Assert.Single(after.Sandboxes.List(new SandboxFilter(null, null, null))).Status.State);
        after.Machine.End(after.ProcessOf(id), 4);
        await Lab.UntilAsync(() => after.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal(4, after.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task Recovery_AnotherHandlerIsTheDefault_ContainersKeepTheirs()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId sandbox = await before.RunSandboxAsync();
        ContainerId created = await before.CreateContainerAsync(sandbox);

        await using Lab after = await before.CrashAndRestartAsync(static lab => lab.Runtimes.DefaultHandler = "other");
        await after.Containers.StartAsync(created.Value, CancellationToken.None);
        ExecSyncResult result = await after.Containers.ExecSyncAsync(created.Value, ["true"], null, CancellationToken.None);
        ContainerId added = await after.CreateContainerAsync(sandbox, Lab.ContainerSpec("added"));

        Assert.Equal(7, result.ExitStatus);
        Assert.Equal(added, Assert.Single(after.Runtimes.Default.Creations).Id);
        Assert.Equal("", after.Sandboxes.Get(sandbox.Value).Spec.RuntimeHandler);
        await after.Sandboxes.StopAsync(sandbox.Value, CancellationToken.None);
        await after.Sandboxes.RemoveAsync(sandbox.Value, CancellationToken.None);
        Assert.Empty(after.Machine.Leftovers);
    }

    [Fact]
    public async Task Recovery_StartWasCutShortAndAnotherHandlerIsTheDefault_IsFinishedByTheOldOne()
    {
        Lab before = await Lab.OpenAsync();
        before.Runtimes.Default.OnStart = _ => before.Life.Crash();
        ContainerId id = await before.CreateContainerAsync(await before.RunSandboxAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => before.Containers.StartAsync(id.Value, CancellationToken.None));
        before.Machine.Started.Remove(id);

        await using Lab after = await Lab.OpenAsync(before.Machine, static lab => lab.Runtimes.DefaultHandler = "other");

        Assert.Equal(ContainerState.Running, after.StatusOf(id).State);
        Assert.Contains(id, after.Machine.Started);
    }

    [Fact]
    public async Task Recovery_RuntimeHangsInAStartThatWasCutShort_ServesAllTheSame()
    {
        Lab before = await Lab.OpenAsync();
        before.Runtimes.Default.OnStart = _ => before.Life.Crash();
        ContainerId id = await before.CreateContainerAsync(await before.RunSandboxAsync());
        await Assert.ThrowsAnyAsync<Exception>(() => before.Containers.StartAsync(id.Value, CancellationToken.None));
        (Lab? hanging, Task arrived) = (null, Task.CompletedTask);

        Task<Lab> opening = Lab.OpenAsync(before.Machine, lab => (hanging, arrived) = (lab, lab.Life.Hold("start")));
        await arrived;
        hanging!.Time.Advance(TimeSpan.FromSeconds(60));
        await using Lab after = await opening;

        Assert.Equal(ContainerState.Running, after.StatusOf(id).State);
    }

    [Fact]
    public async Task Recovery_RowWithoutAHandler_GetsTheDefaultOne()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();
        before.Life.Crash();
        foreach (Sandbox old in before.Machine.SandboxRows.Values.ToList())
        {
            before.Machine.SandboxRows[old.Id] = old with { Status = old.Status with { RuntimeHandler = null } };
        }

        await using Lab after = await Lab.OpenAsync(before.Machine);
        await after.Containers.RemoveAsync(id.Value, CancellationToken.None);

        Assert.Empty(after.Machine.RuntimeStates);
    }

    [Fact]
    public async Task Recovery_ExitedMeanwhile_TakesTheKeepersCode()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();
        before.Life.Crash();
        before.Machine.End(before.ProcessOf(id), 42);

        await using Lab after = await Lab.OpenAsync(before.Machine);

        Assert.Equal((ContainerState.Exited, 42, "Error"), (after.StatusOf(id).State, after.StatusOf(id).ExitCode, after.StatusOf(id).Reason));
    }

    [Fact]
    public async Task Recovery_GoneWithoutTrace_IsExitedUnknown()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();
        before.Life.Crash();
        before.Machine.KeeperIsDeaf = true;
        before.Machine.End(before.ProcessOf(id), 42);

        await using Lab after = await Lab.OpenAsync(before.Machine);

        Assert.Equal((255, "Unknown"), (after.StatusOf(id).ExitCode, after.StatusOf(id).Reason));
    }

    [Fact]
    public async Task Recovery_ExitCantBeStored_CallsAreServedAndItIsStoredLater()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();
        before.Life.Crash();
        before.Machine.End(before.ProcessOf(id), 42);

        await using Lab after = await Lab.OpenAsync(before.Machine, static lab => lab.Life.Broken.Add("write container"));

        Assert.Equal(ContainerState.Running, after.StatusOf(id).State);
        after.Life.Broken.Clear();
        await Lab.UntilAsync(() =>
        {
            after.Time.Advance(TimeSpan.FromSeconds(1));
            return after.StatusOf(id).State == ContainerState.Exited;
        });
        Assert.Equal(42, after.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task Recovery_ExitCantBeStored_TheNextStopStoresIt()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();
        before.Life.Crash();
        before.Machine.End(before.ProcessOf(id), 42);
        await using Lab after = await Lab.OpenAsync(before.Machine, static lab => lab.Life.Broken.Add("write container"));

        after.Life.Broken.Clear();
        await after.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal((ContainerState.Exited, 42), (after.StatusOf(id).State, after.StatusOf(id).ExitCode));
    }

    [Fact]
    public async Task Recovery_CreatedContainer_CanStillBeStarted()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.CreateContainerAsync(await before.RunSandboxAsync());

        await using Lab after = await before.CrashAndRestartAsync();
        await after.Containers.StartAsync(id.Value, CancellationToken.None);

        Assert.Equal(ContainerState.Running, after.StatusOf(id).State);
    }

    [Fact]
    public async Task Recovery_AfterReboot_NothingRunsAndTheNetworkIsReleased()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        before.Life.Crash();
        before.Machine.Reboot();

        await using Lab after = await Lab.OpenAsync(before.Machine);

        SandboxId sandbox = after.Containers.Get(id.Value).SandboxId;
        Assert.Equal(SandboxState.NotReady, after.Sandboxes.Get(sandbox.Value).Status.State);
        Assert.Equal((255, "Unknown"), (after.StatusOf(id).ExitCode, after.StatusOf(id).Reason));
        Assert.Empty(after.Machine.Attachments);
        Assert.Equal("", Assert.Single(after.Network.Detached).NetnsPath);
        await after.Sandboxes.RemoveAsync(sandbox.Value, CancellationToken.None);
        Assert.Empty(after.Machine.Leftovers);
    }

    [Fact]
    public async Task Recovery_AfterRebootWithoutNetwork_KeepsTheSandboxForALaterStop()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId id = await before.RunSandboxAsync();
        before.Life.Crash();
        before.Machine.Reboot();

        await using Lab after = await Lab.OpenAsync(before.Machine, lab => lab.Life.Broken.Add("detach"));
        Assert.Equal(SandboxState.NotReady, after.Sandboxes.Get(id.Value).Status.State);
        Assert.Single(after.Machine.Attachments);

        after.Life.Broken.Clear();
        await after.Sandboxes.RemoveAsync(id.Value, CancellationToken.None);
        Assert.Empty(after.Machine.Leftovers);
    }

    [Fact]
    public async Task Recovery_PinsAreGone_SandboxIsNotReady()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId id = await before.RunSandboxAsync();
        before.Machine.Namespaces.Clear();

        await using Lab after = await before.CrashAndRestartAsync();

        Assert.Equal(SandboxState.NotReady, after.Sandboxes.Get(id.Value).Status.State);
    }

    [Fact]
    public async Task Recovery_InfraProcessDiedMeanwhile_SandboxIsNotReady()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId id = await before.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        before.Life.Crash();
        before.Machine.End(before.Machine.Processes[id.Value], 137);

        await using Lab after = await Lab.OpenAsync(before.Machine);

        await Lab.UntilAsync(() => after.Sandboxes.Get(id.Value).Status.State == SandboxState.NotReady);
    }

    [Fact]
    public async Task Recovery_Orphans_AreRemovedAndTheLivingStay()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId alive = await before.RunContainerAsync();
        Machine machine = before.Machine;
        IReadOnlyList<string> expected = machine.Leftovers;
        SandboxId sandbox = SandboxId.New();
        ContainerId container = ContainerId.New();
        machine.Attachments.Add(sandbox.Value);
        machine.Namespaces.Add(sandbox);
        machine.SandboxDirectories.Add(sandbox);
        machine.SharedMemoryMounts.Add(sandbox);
        machine.ContainerDirectories.Add(container);
        machine.Snapshots.Add(container);
        machine.Snapshots.Add(ContainerId.New());
        machine.RuntimeStates.Add(new RuntimeState("runc", container));
        machine.RuntimeStates.Add(new RuntimeState("other", ContainerId.New()));
        machine.Cgroups.Add("/pods/orphan");
        machine.BundleCgroups[container] = "/pods/orphan";
        machine.Spawn(container.Value);
        machine.Spawn("exec-of-a-caller-that-is-gone");

        await using Lab after = await before.CrashAndRestartAsync();

        Assert.Equal(expected, machine.Leftovers);
        Assert.Equal(ContainerState.Running, after.StatusOf(alive).State);
    }

    [Fact]
    public async Task Recovery_OfItsOwnLeavings_ChangesNothing()
    {
        Lab first = await Lab.OpenAsync();
        await first.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        Lab second = await first.CrashAndRestartAsync();
        IReadOnlyList<string> expected = second.Machine.Leftovers;

        await using Lab third = await second.CrashAndRestartAsync();

        Assert.Equal(expected, third.Machine.Leftovers);
        Assert.Equal(["collect garbage", "retain snapshots"], third.Life.Steps);
    }

    [Fact]
    public async Task Recovery_ReadySandboxes_AreCheckedAndServedEvenWhereTheirNetworkIsNotAsLeft()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId broken = await before.RunSandboxAsync();
        SandboxId whole = await before.RunSandboxAsync(Lab.SandboxSpec("whole"));
        await before.Sandboxes.StopAsync((await before.RunSandboxAsync(Lab.SandboxSpec("stopped"))).Value, CancellationToken.None);

        await using Lab after = await before.CrashAndRestartAsync(lab => lab.Network.Detuned.Add(broken.Value));

        await Lab.UntilAsync(() => after.Network.Checked.Count == 2);
        Assert.Equal(new[] { broken.Value, whole.Value }.Order(), after.Network.Checked.Order());
        await after.CreateContainerAsync(broken);
    }

    // The time of the lab stands still, so that closing would wait forever for what it does not end.
    [Fact]
    public async Task DisposeAsync_NetworksAreBeingChecked_GivesTheCheckUp()
    {
        Lab before = await Lab.OpenAsync();
        await before.RunSandboxAsync();
        Lab after = await before.CrashAndRestartAsync(lab => lab.Network.HangsInChecks = true);
        await Lab.UntilAsync(() => after.Network.Checked.Count == 1);

        await after.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Recovery_CrashAtAnyStepOfIt_TheNextOneFinishes()
    {
        for (int step = 1; ; step++)
        {
            Lab before = await Lab.OpenAsync();
            ContainerId container = await before.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
            SandboxId sandbox = before.Containers.Get(container.Value).SandboxId;
            before.Life.Broken.Add("delete sandbox files");
            await Record.ExceptionAsync(() => before.Sandboxes.RemoveAsync(sandbox.Value, CancellationToken.None));
            before.Life.Crash();
            before.Machine.Attachments.Add(SandboxId.New().Value);
            bool struck = false;

            Exception? failure = await Record.ExceptionAsync(async () =>
            {
                Lab? broken = null;
                try
                {
                    await Lab.OpenAsync(before.Machine, lab => (broken = lab).Life.SetFault(step, FaultKind.Crash));
                }
                finally
                {
                    struck = broken!.Life.HasStruck;
                }
            });
            await using Lab after = await Lab.OpenAsync(before.Machine);

            Assert.Empty(after.Machine.Leftovers);
            if (!struck)
            {
                Assert.Null(failure);
                Assert.True(step > 4, $"only {step} steps were taken");
                return;
            }
        }
    }

    [Fact]
    public async Task Recovery_EndedButNotReportedYet_WaitsForTheKeepersWord()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId id = await before.RunContainerAsync();
        before.Life.Crash();
        KeptProcess stillThere = before.Machine.Kept[id.Value];
        before.Machine.End(before.ProcessOf(id), 42);
        KeptProcess ended = before.Machine.Kept[id.Value];
        before.Machine.Kept[id.Value] = stillThere;

        await using Lab after = await Lab.OpenAsync(before.Machine);
        Assert.Equal(ContainerState.Running, after.StatusOf(id).State);
        after.Keeper.Raise(ended.Exit!);

        await Lab.UntilAsync(() => after.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal(42, after.StatusOf(id).ExitCode);
    }

    [Fact]
    public async Task Recovery_KilledRuntimeLeftItsCgroup_IsRemovedWithTheContainer()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId sandbox = await before.RunSandboxAsync();
        before.Runtimes.Default.OnCreate = _ => before.Life.Crash();
        Task<ContainerId> create = before.CreateContainerAsync(sandbox);
        await Lab.UntilAsync(() => before.Life.HasCrashed);
        string cgroup = Assert.Single(before.Machine.ContainerRows.Values).Status.CgroupPath;
        Assert.Contains(cgroup, before.Machine.Cgroups);

        await using Lab after = await Lab.OpenAsync(before.Machine, lab => lab.Runtimes.Default.KnowsCgroups = false);

        Assert.Contains(cgroup, after.Cgroups.Removed);
        Assert.Empty(after.Machine.ContainerRows);
        await Record.ExceptionAsync(() => create);
    }

    [Fact]
    public async Task Recovery_HalfMadeContainerCantBeRemoved_IsListedAsExitedAndRemovedLater()
    {
        Lab before = await Lab.OpenAsync();
        SandboxId sandbox = await before.RunSandboxAsync();
        before.Runtimes.Default.OnCreate = _ => before.Life.Crash();
        Task<ContainerId> create = before.CreateContainerAsync(sandbox);
        await Lab.UntilAsync(() => before.Life.HasCrashed);

        await using Lab after = await Lab.OpenAsync(before.Machine, lab => lab.Life.Broken.Add("remove snapshot"));
        Container left = Assert.Single(after.Containers.List(new ContainerFilter(null, null, null, null)));
        Assert.Equal(ContainerState.Exited, left.Status.State);

        after.Life.Broken.Clear();
        await after.Containers.RemoveAsync(left.Id.Value, CancellationToken.None);
        Assert.Empty(after.Machine.ContainerRows);
        await after.CreateContainerAsync(sandbox);
        await Record.ExceptionAsync(() => create);
    }

    [Fact]
    public async Task Recovery_RepairTakesLong_OtherCallsAreServedAndTheSameNameWaits()
    {
        Lab before = await Lab.OpenAsync();
        ContainerId alive = await before.RunContainerAsync(Lab.SandboxSpec("alive"));
        before.Life.SetFault(3, FaultKind.Crash);
        Task<SandboxId> run = before.RunSandboxAsync(Lab.SandboxSpec("broken"));
        await Lab.UntilAsync(() => before.Life.HasStruck);
        Task? reached = null;

        await using Lab after = await Lab.OpenAsync(
            before.Machine, lab => reached = lab.Life.Hold("detach"), servesWhileRepairing: true);
        await reached!;
        Task<SandboxId> again = after.Sandboxes.RunAsync(Lab.SandboxSpec("broken"), CancellationToken.None);
        Assert.Equal(ContainerState.Running, after.StatusOf(alive).State);
        await after.RunSandboxAsync(Lab.SandboxSpec("new"));
        Assert.False(again.IsCompleted);

        after.Life.LetGo("detach");
        SandboxId id = await again;
        Assert.Equal(SandboxState.Ready, after.Sandboxes.Get(id.Value).Status.State);
        await after.Service.Repaired;
        Assert.Equal(3, after.Sandboxes.List(new SandboxFilter(null, null, null)).Count);
        await Record.ExceptionAsync(() => run);
    }

    [Fact]
    public async Task OpenAsync_KeeperUnreachable_FailsAndListensNoMore()
    {
        Machine machine = new();
        Lab? lab = null;

        await Assert.ThrowsAsync<FakeFaultException>(() => Lab.OpenAsync(machine, it => (lab = it).Life.Crash()));

        Assert.False(lab!.Keeper.HasListeners);
    }
}
