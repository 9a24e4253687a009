using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class ContainerCallsTests
{
    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task RemoveAsync_AnyStepFails_TheNextCallFinishesIt(FaultKind kind)
    {
        for (int step = 1; ; step++)
        {
            await using Lab lab = await Lab.OpenAsync();
            ContainerId id = await lab.RunContainerAsync();
            await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);
            lab.Life.SetFault(step, kind);

            Exception? failure = await Record.ExceptionAsync(() => lab.Containers.RemoveAsync(id.Value, CancellationToken.None));
            if (!lab.Life.HasStruck)
            {
                Assert.Null(failure);
                Assert.True(step > 5, $"only {step} steps were taken");
                return;
            }

            await lab.Containers.RemoveAsync(id.Value, CancellationToken.None);
            Assert.Empty(lab.Machine.ContainerRows);
            Assert.Empty(lab.Machine.ContainerDirectories);
            Assert.Empty(lab.Machine.Snapshots);
            Assert.Empty(lab.Machine.RuntimeStates);
            Assert.Empty(lab.Machine.Kept);
        }
    }

    [Fact]
    public async Task RemoveAsync_Running_KillsAndIsGoneFromTheList()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        await lab.Containers.RemoveAsync(id.Value, CancellationToken.None);

        Assert.Empty(lab.Containers.List(new ContainerFilter(null, null, null, null)));
        Assert.Equal([9], lab.ProcessOf(id).Signals);
        await lab.Containers.RemoveAsync(id.Value, CancellationToken.None);
    }

    [Fact]
    public async Task RemoveAsync_HandlerIsNotConfiguredAnyMore_LeavesNothing()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync(Lab.SandboxSpec(handler: "other"));
        lab.Runtimes.Handlers = [.. lab.Runtimes.Handlers.Where(handler => handler.Name != "other")];

        await lab.Containers.RemoveAsync(id.Value, CancellationToken.None);

        Assert.Equal([9], lab.ProcessOf(id).Signals);
        Assert.Empty(lab.Machine.ContainerRows);
        Assert.Empty(lab.Machine.RuntimeStates);
        Assert.Empty(lab.Machine.Kept);
        Assert.Equal([$"/crid/{id}"], lab.Cgroups.Removed);
    }

    [Fact]
    public async Task ExecSyncAsync_Running_ReturnsTheResult()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        ExecSyncResult result = await lab.Containers.ExecSyncAsync(id.Value, ["true"], null, CancellationToken.None);

        Assert.Equal(7, result.ExitStatus);
    }

    [Theory]
    [InlineData(false, 7)]
    [InlineData(true, 8)]
    public async Task ExecAsync_Running_ReturnsTheStatus(bool terminal, int expected)
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        int status = await lab.Containers.ExecAsync(id.Value, ["true"], terminal, new ProcessStreams(), CancellationToken.None);

        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task ExecSyncAsync_EmptyCommand_IsInvalid()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        CridException exception =
            await Assert.ThrowsAsync<CridException>(() => lab.Containers.ExecSyncAsync(id.Value, [], null, CancellationToken.None));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public async Task Calls_ThatNeedARunningContainer_RefuseACreatedOne()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.CreateContainerAsync(await lab.RunSandboxAsync());

        CridException exec =
            await Assert.ThrowsAsync<CridException>(() => lab.Containers.ExecSyncAsync(id.Value, ["true"], null, CancellationToken.None));
        CridException stream = await Assert.ThrowsAsync<CridException>(
            () => lab.Containers.ExecAsync(id.Value, ["true"], terminal: false, new ProcessStreams(), CancellationToken.None));
        CridException reopen = await Assert.ThrowsAsync<CridException>(() => lab.Containers.ReopenLogAsync(id.Value, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exec.Kind);
        Assert.Equal(ErrorKind.FailedPrecondition, stream.Kind);
        Assert.Equal(ErrorKind.FailedPrecondition, reopen.Kind);
    }

    [Fact]
    public async Task ReopenLogAsync_Running_GoesToTheKeeper()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        await lab.Containers.ReopenLogAsync(id.Value, CancellationToken.None);

        Assert.Contains($"reopen {id}", lab.Life.Steps);
    }

    [Fact]
    public async Task UpdateResourcesAsync_Partial_KeepsWhatIsNotSet()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerSpec spec = Lab.ContainerSpec() with { Resources = new ResourcesSpec { CpuShares = 512, MemoryLimitInBytes = 1 << 20 } };
        ContainerId id = await lab.RunContainerAsync(container: spec);

        await lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { CpuShares = 1024 }, CancellationToken.None);

        Assert.Equal(1024, lab.StatusOf(id).Resources?.CpuShares);
        Assert.Equal(1 << 20, lab.StatusOf(id).Resources?.MemoryLimitInBytes);
        Assert.Equal(1024, Assert.Single(lab.Runtimes.Default.Updates).CpuShares);
    }

    [Fact]
    public async Task UpdateResourcesAsync_LessMemoryThanIsInUse_IsRefusedBeforeAnythingChanges()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = new ResourcesSpec { MemoryLimitInBytes = 64 << 20 } });
        lab.Cgroups.WorkingSet = 32 << 20;

        CridException exception = await Assert.ThrowsAsync<CridException>(() =>
            lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { MemoryLimitInBytes = 16 << 20 }, CancellationToken.None));
        await lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { MemoryLimitInBytes = 32 << 20 }, CancellationToken.None);

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Equal(32 << 20, Assert.Single(lab.Runtimes.Default.Updates).MemoryLimitInBytes);
    }

    [Fact]
    public async Task UpdateResourcesAsync_MemoryOfAContainerWithoutSwap_LeavesItWithoutSwap()
    {
        await using Lab lab = await Lab.OpenAsync();
        ResourcesSpec withoutSwap = new() { MemoryLimitInBytes = 64 << 20, MemorySwapLimitInBytes = 64 << 20 };
        ContainerId id = await lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = withoutSwap });

        await lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { MemoryLimitInBytes = 128 << 20 }, CancellationToken.None);
        await lab.Containers.UpdateResourcesAsync(
            id.Value, new ResourcesSpec { MemoryLimitInBytes = 96 << 20, MemorySwapLimitInBytes = 256 << 20 }, CancellationToken.None);
        await lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { MemoryLimitInBytes = 100 << 20 }, CancellationToken.None);

        Assert.Equal(
            [(128 << 20, 128 << 20), (96 << 20, 256 << 20), (100 << 20, 256 << 20)],
            lab.Runtimes.Default.Updates.Select(update => (update.MemoryLimitInBytes, update.MemorySwapLimitInBytes)));
    }

    [Fact]
    public async Task UpdateResourcesAsync_RowCantBeWritten_ChangesNothing()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = new ResourcesSpec { CpuShares = 512 } });
        lab.Life.Broken.Add("write container");

        await Assert.ThrowsAsync<FakeFaultException>(() =>
            lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { CpuShares = 1024 }, CancellationToken.None));

        Assert.Empty(lab.Runtimes.Default.Updates);
        Assert.Equal(512, lab.StatusOf(id).Resources?.CpuShares);
    }

    [Fact]
    public async Task UpdateResourcesAsync_HugePages_AreRefusedUnlessTheyAreTheSame()
    {
        await using Lab lab = await Lab.OpenAsync();
        ResourcesSpec resources = new() { CpuShares = 512, HugepageLimits = [new HugepageLimitSpec("2MB", 4 << 20), new HugepageLimitSpec("1GB", 0)] };
        ContainerId id = await lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = resources });

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Containers.UpdateResourcesAsync(
            id.Value, new ResourcesSpec { HugepageLimits = [new HugepageLimitSpec("2MB", 8 << 20)] }, CancellationToken.None));
        await lab.Containers.UpdateResourcesAsync(id.Value, resources with { CpuShares = 1024 }, CancellationToken.None);

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Equal(1024, Assert.Single(lab.Runtimes.Default.Updates).CpuShares);
        Assert.Equal(resources.HugepageLimits, lab.StatusOf(id).Resources?.HugepageLimits);
    }

    [Fact]
    public async Task UpdateResourcesAsync_OomScore_StaysWhatTheProcessesWereStartedWith()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = new ResourcesSpec { OomScoreAdj = 900 } });

        await lab.Containers.UpdateResourcesAsync(id.Value, new ResourcesSpec { OomScoreAdj = 500, CpuShares = 1024 }, CancellationToken.None);

        Assert.Equal((900, 1024), (lab.StatusOf(id).Resources!.OomScoreAdj, lab.StatusOf(id).Resources!.CpuShares));
    }

    [Fact]
    public async Task List_Filters_MustAllHold()
    {
        await using Lab lab = await Lab.OpenAsync();
        Dictionary<string, string> labels = new() { ["tier"] = "web" };
        ContainerId running = await lab.RunContainerAsync(container: Lab.ContainerSpec() with { Labels = labels });
        SandboxId sandbox = lab.Containers.Get(running.Value).SandboxId;
        ContainerId created = await lab.CreateContainerAsync(sandbox, Lab.ContainerSpec("second"));

        Assert.Equal([running], Ids(lab, new ContainerFilter(null, null, null, labels)));
        Assert.Equal([created], Ids(lab, new ContainerFilter(null, null, ContainerState.Created, null)));
        Assert.Equal([created], Ids(lab, new ContainerFilter(created.Value[..20], sandbox.Value[..20], null, null)));
        Assert.Empty(Ids(lab, new ContainerFilter(null, "feed", null, null)));
        Assert.Empty(Ids(lab, new ContainerFilter(created.Value, null, null, labels)));
    }

    private static IEnumerable<ContainerId> Ids(Lab lab, ContainerFilter filter) => lab.Containers.List(filter).Select(container => container.Id);
}
