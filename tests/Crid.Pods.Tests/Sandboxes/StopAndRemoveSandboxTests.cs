using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class StopAndRemoveSandboxTests
{
    private static readonly SandboxFilter Everything = new(null, null, null);

    [Fact]
    public async Task StopAsync_RunningContainers_KillsThemAndReleasesAll()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId container = await lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        SandboxId id = lab.Containers.Get(container.Value).SandboxId;

        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);

        Assert.Equal(SandboxState.NotReady, lab.Sandboxes.Get(id.Value).Status.State);
        Assert.Equal(ContainerState.Exited, lab.StatusOf(container).State);
        Assert.Equal([9], lab.ProcessOf(container).Signals);
        Assert.Empty(lab.Machine.Attachments);
        Assert.Empty(lab.Machine.Namespaces);
        Assert.Empty(lab.Machine.SharedMemoryMounts);
    }

    [Fact]
    public async Task StopAsync_Detach_GetsTheNamespaceThatIsStillThere()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();

        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);

        Assert.Equal($"/run/crid/ns/{id}/net", Assert.Single(lab.Network.Detached).NetnsPath);
    }

    [Fact]
    public async Task StopAsync_Twice_ReleasesOnce()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();

        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);
        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);

        Assert.Single(lab.Network.Detached);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000")]
    [InlineData("not an id")]
    public async Task StopAndRemoveAsync_UnknownId_AreFine(string id)
    {
        await using Lab lab = await Lab.OpenAsync();
        int steps = lab.Life.Steps.Count;

        await lab.Sandboxes.StopAsync(id, CancellationToken.None);
        await lab.Sandboxes.RemoveAsync(id, CancellationToken.None);

        Assert.Equal(steps, lab.Life.Steps.Count);
    }

    [Fact]
    public async Task StopAsync_ContainerInTheMaking_GivesTheCreationUp()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();
        Task creating = lab.Life.Hold("prepare snapshot");
        Task<ContainerId> create = lab.CreateContainerAsync(id);
        await creating;

        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);
        CridException exception = await Assert.ThrowsAsync<CridException>(() => create);

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Empty(lab.Machine.ContainerRows);
        Assert.Empty(lab.Machine.ContainerDirectories);
    }

    [Fact]
    public async Task RemoveAsync_RunningContainers_LeavesNothing()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId container = await lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        SandboxId id = lab.Containers.Get(container.Value).SandboxId;
        await lab.CreateContainerAsync(id, Lab.ContainerSpec("second"));

        await lab.Sandboxes.RemoveAsync(id.Value, CancellationToken.None);

        Assert.Empty(lab.Machine.Leftovers);
        Assert.Empty(lab.Sandboxes.List(Everything));
        Assert.Empty(lab.Containers.List(new ContainerFilter(null, null, null, null)));
        Assert.NotEqual(id, await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod)));
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task RemoveAsync_AnyStepFails_TheNextCallFinishesIt(FaultKind kind)
    {
        for (int step = 1; ; step++)
        {
            await using Lab lab = await Lab.OpenAsync();
            ContainerId container = await lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
            SandboxId id = lab.Containers.Get(container.Value).SandboxId;
            lab.Life.SetFault(step, kind);

            await RetryWithClockAsync(lab, () => lab.Sandboxes.RemoveAsync(id.Value, CancellationToken.None));
            if (!lab.Life.HasStruck)
            {
                Assert.True(step > 10, $"only {step} steps were taken");
                return;
            }

            await lab.Sandboxes.RemoveAsync(id.Value, CancellationToken.None);
            Assert.Empty(lab.Machine.Leftovers);
            await lab.RunSandboxAsync();
        }
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task StopAsync_AnyStepFails_TheNextCallFinishesIt(FaultKind kind)
    {
        for (int step = 1; ; step++)
        {
            await using Lab lab = await Lab.OpenAsync();
            SandboxId id = await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
            lab.Life.SetFault(step, kind);

            Exception? failure = await Record.ExceptionAsync(() => lab.Sandboxes.StopAsync(id.Value, CancellationToken.None));
            if (!lab.Life.HasStruck)
            {
                Assert.Null(failure);
                return;
            }

            await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);
            Assert.Empty(lab.Machine.Attachments);
            Assert.Empty(lab.Machine.Namespaces);
            Assert.Equal(SandboxState.NotReady, lab.Sandboxes.Get(id.Value).Status.State);
        }
    }

    [Fact]
    public async Task StopAsync_NetworkFails_IsAnErrorAndTheSandboxTakesNoContainers()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();
        lab.Life.Broken.Add("detach");

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.Sandboxes.StopAsync(id.Value, CancellationToken.None));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(id));
        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Single(lab.Machine.Namespaces);
    }

    [Fact]
    public async Task UpdateResourcesAsync_Partial_KeepsTheOtherPart()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync(Lab.SandboxSpec() with { Overhead = new ResourcesSpec { CpuShares = 7 } });

        await lab.Sandboxes.UpdateResourcesAsync(id.Value, null, new ResourcesSpec { CpuShares = 9 }, CancellationToken.None);

        SandboxStatus status = lab.Sandboxes.Get(id.Value).Status;
        Assert.Equal(7, status.Overhead?.CpuShares);
        Assert.Equal(9, status.Resources?.CpuShares);
    }

    /// <summary>An exit that could not be stored is stored again after a pause, which the test's clock has to give.</summary>
    private static async Task RetryWithClockAsync(Lab lab, Func<Task> action)
    {
        Task run = action();
        while (!run.IsCompleted)
        {
            await Task.WhenAny(run, Task.Delay(5));
            if (!run.IsCompleted)
            {
                lab.Time.Advance(TimeSpan.FromSeconds(1));
            }
        }

        await Record.ExceptionAsync(() => run);
    }
}
