using System.Net.Sockets;
using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>
/// Fails each step of the operations on existing sandboxes and containers in turn, before and after its work. Whatever state that leaves must
/// be one that the API tells truly, that the next call gets out of, and that a removal leaves nothing of.
/// </summary>
public sealed class FailureTableTests
{
    private static readonly ResourcesSpec Before = new() { CpuShares = 512, MemoryLimitInBytes = 1 << 20 };
    private static readonly ResourcesSpec After = new() { CpuShares = 1024, MemoryLimitInBytes = 2 << 20 };

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task StartContainer_AnyStepFails_ContainerIsCreatedOrExitedAndCanBeRemoved(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            async lab => await lab.CreateContainerAsync(await lab.RunSandboxAsync()),
            (lab, id) => lab.Containers.StartAsync(id.Value, CancellationToken.None),
            async (lab, id) =>
            {
                ContainerStatus status = lab.StatusOf(id);
                Assert.Contains(status.State, (ContainerState[])[ContainerState.Created, ContainerState.Exited]);
                if (status.State == ContainerState.Exited)
                {
                    Assert.Equal((128, "StartError"), (status.ExitCode, status.Reason));
                    Assert.NotNull(status.FinishedAt);
                }

                await RemoveAndUseNamesAgainAsync(lab, id);
            });

        Assert.Equal(3, steps);
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task StopContainer_AnyStepFails_IsStoppedInTheEnd(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            lab => lab.RunContainerAsync(),
            (lab, id) => lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None),
            async (lab, id) =>
            {
                await WithClockAsync(lab, () => lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None));
                Assert.Equal((ContainerState.Exited, 137), (lab.StatusOf(id).State, lab.StatusOf(id).ExitCode));
                await RemoveAndUseNamesAgainAsync(lab, id);
            });

        Assert.True(steps >= 1, $"only {steps} steps were taken");
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task RemoveContainer_RunningAndAnyStepFails_TheNextCallFinishesIt(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            lab => lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod), Lab.WithImageVolumes() with { Security = new SecuritySpec() }),
            (lab, id) => lab.Containers.RemoveAsync(id.Value, CancellationToken.None),
            RemoveAndUseNamesAgainAsync);

        Assert.True(steps > 6, $"only {steps} steps were taken");
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task UpdateContainerResources_AnyStepFails_KernelAndStatusAgree(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            lab => lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = Before }),
            (lab, id) => lab.Containers.UpdateResourcesAsync(id.Value, After, CancellationToken.None),
            async (lab, id) =>
            {
                // With FailAfter the row may hold the new limits; until a restart the published record counts, and the next call writes the row anew.
                Assert.Equal(512, lab.StatusOf(id).Resources?.CpuShares);
                Assert.Equal(512, lab.Runtimes.Default.Updates.LastOrDefault(Before).CpuShares);

                await lab.Containers.UpdateResourcesAsync(id.Value, After, CancellationToken.None);
                Assert.Equal(1024, lab.StatusOf(id).Resources?.CpuShares);
                Assert.Equal(1024, lab.Runtimes.Default.Updates[^1].CpuShares);
                await RemoveAndUseNamesAgainAsync(lab, id);
            });

        Assert.Equal(3, steps);
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task UpdateContainerResources_LimitsThatWereNotThere_AreGoneAgain(FaultKind kind)
    {
        await FailEachStepAsync(
            kind,
            lab => lab.RunContainerAsync(),
            (lab, id) => lab.Containers.UpdateResourcesAsync(id.Value, After with { CpuQuota = 50_000 }, CancellationToken.None),
            (lab, id) =>
            {
                Assert.Equal(0, lab.StatusOf(id).Resources?.MemoryLimitInBytes ?? 0);
                ResourcesSpec limits = lab.Machine.Limits.GetValueOrDefault(id, new ResourcesSpec());
                Assert.Contains((limits.CpuShares, limits.CpuQuota, limits.MemoryLimitInBytes), ((long, long, long)[])[(0, 0, 0), (1024, -1, -1)]);
                return Task.CompletedTask;
            });
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task ReopenContainerLog_AnyStepFails_TheNextCallReopensIt(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            lab => lab.RunContainerAsync(),
            (lab, id) => lab.Containers.ReopenLogAsync(id.Value, CancellationToken.None),
            async (lab, id) =>
            {
                Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
                await lab.Containers.ReopenLogAsync(id.Value, CancellationToken.None);
                await RemoveAndUseNamesAgainAsync(lab, id);
            });

        Assert.Equal(1, steps);
    }

    [Theory]
    [InlineData(FaultKind.FailBefore, "ExecSync")]
    [InlineData(FaultKind.FailAfter, "ExecSync")]
    [InlineData(FaultKind.FailBefore, "Exec")]
    [InlineData(FaultKind.FailAfter, "Exec")]
    [InlineData(FaultKind.FailBefore, "Attach")]
    [InlineData(FaultKind.FailAfter, "Attach")]
    [InlineData(FaultKind.FailBefore, "PortForward")]
    [InlineData(FaultKind.FailAfter, "PortForward")]
    public async Task CommandOrClient_AnyStepFails_TheContainerRunsOnAndTheNextCallWorks(FaultKind kind, string call)
    {
        int steps = await FailEachStepAsync(
            kind,
            lab => lab.RunContainerAsync(),
            (lab, id) => CallAsync(lab, id, call),
            async (lab, id) =>
            {
                Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
                await CallAsync(lab, id, call);
                await RemoveAndUseNamesAgainAsync(lab, id);
            });

        Assert.Equal(1, steps);
    }

    [Theory]
    [InlineData("exec", "ExecSync")]
    [InlineData("exec", "Exec")]
    [InlineData("attach", "Attach")]
    [InlineData("connect", "PortForward")]
    public async Task CommandOrClient_CallerLeavesDuringItsStep_TheContainerRunsOnAndTheNextCallWorks(string step, string call)
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();
        Task arrived = lab.Life.Hold(step);
        using CancellationTokenSource caller = new();
        Task left = CallAsync(lab, id, call, caller.Token);
        await arrived;

        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        lab.Life.LetGo(step);
        Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
        await CallAsync(lab, id, call);
        await RemoveAndUseNamesAgainAsync(lab, id);
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task StopSandbox_WithContainersAndAnyStepFails_TheNextCallFinishesIt(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            async lab =>
            {
                ContainerId first = await lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
                await lab.CreateContainerAsync(lab.Containers.Get(first.Value).SandboxId, Lab.ContainerSpec("second"));
                return first;
            },
            (lab, id) => lab.Sandboxes.StopAsync(lab.Containers.Get(id.Value).SandboxId.Value, CancellationToken.None),
            async (lab, id) =>
            {
                SandboxId sandbox = lab.Containers.Get(id.Value).SandboxId;
                await WithClockAsync(lab, () => lab.Sandboxes.StopAsync(sandbox.Value, CancellationToken.None));
                Assert.Equal(SandboxState.NotReady, lab.Sandboxes.Get(sandbox.Value).Status.State);
                Assert.All(lab.Containers.List(new ContainerFilter(null, null, null, null)), static left => Assert.Equal(ContainerState.Exited, left.Status.State));
                Assert.Empty(lab.Machine.Attachments);
                Assert.Empty(lab.Machine.Namespaces);
                await RemoveAndUseNamesAgainAsync(lab, id);
            });

        Assert.True(steps > 6, $"only {steps} steps were taken");
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task UpdateSandboxResources_AnyStepFails_TheFormerOnesStand(FaultKind kind)
    {
        int steps = await FailEachStepAsync(
            kind,
            async lab => (await lab.RunContainerAsync(Lab.SandboxSpec() with { Resources = Before })),
            (lab, id) => lab.Sandboxes.UpdateResourcesAsync(SandboxOf(lab, id).Value, null, After, CancellationToken.None),
            async (lab, id) =>
            {
                SandboxId sandbox = SandboxOf(lab, id);
                Assert.Equal(512, lab.Sandboxes.Get(sandbox.Value).Status.Resources?.CpuShares);
                await lab.Sandboxes.UpdateResourcesAsync(sandbox.Value, null, After, CancellationToken.None);
                Assert.Equal(1024, lab.Sandboxes.Get(sandbox.Value).Status.Resources?.CpuShares);
            });

        Assert.Equal(1, steps);
    }

    /// <summary>Runs an operation on fresh machines with a fault at its first step, its second, and so on.</summary>
    /// <param name="check">Looks at what a failed operation left and goes on from there.</param>
    /// <returns>How many steps the operation has.</returns>
    private static async Task<int> FailEachStepAsync(
        FaultKind kind, Func<Lab, Task<ContainerId>> prepare, Func<Lab, ContainerId, Task> operate, Func<Lab, ContainerId, Task> check)
    {
        for (int step = 1; ; step++)
        {
            await using Lab lab = await Lab.OpenAsync();
            ContainerId id = await prepare(lab);
            lab.Life.SetFault(step, kind);
            Exception? failure = await WithClockAsync(lab, () => operate(lab, id));
            if (!lab.Life.HasStruck)
            {
                Assert.Null(failure);
                return step - 1;
            }

            await check(lab, id);
        }
    }

    private static Task CallAsync(Lab lab, ContainerId id, string call, CancellationToken caller = default) => call switch
    {
        "ExecSync" => lab.Containers.ExecSyncAsync(id.Value, ["true"], timeout: null, caller),
        "Exec" => lab.Containers.ExecAsync(id.Value, ["true"], terminal: false, new ProcessStreams(), caller),
        "Attach" => lab.Containers.AttachAsync(id.Value, new ProcessStreams(), caller),
        "PortForward" => ConnectAsync(lab, id, caller),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, message: null),
    };

    private static async Task ConnectAsync(Lab lab, ContainerId id, CancellationToken caller)
    {
        using Socket socket = await lab.Sandboxes.ConnectAsync(SandboxOf(lab, id).Value, 80, caller);
    }

    private static SandboxId SandboxOf(Lab lab, ContainerId id) => lab.Containers.Get(id.Value).SandboxId;

    private static async Task RemoveAndUseNamesAgainAsync(Lab lab, ContainerId id)
    {
        Sandbox sandbox = lab.Sandboxes.List(new SandboxFilter(null, null, null))[0];
        Assert.Null(await WithClockAsync(lab, () => lab.Containers.RemoveAsync(id.Value, CancellationToken.None)));
        Assert.Null(await WithClockAsync(lab, () => lab.Sandboxes.RemoveAsync(sandbox.Id.Value, CancellationToken.None)));
        Assert.Empty(lab.Machine.Leftovers);
        await lab.RunContainerAsync(sandbox.Spec);
    }

    /// <summary>An exit that could not be stored is stored again after a pause, which the test's clock has to give.</summary>
    private static async Task<Exception?> WithClockAsync(Lab lab, Func<Task> action)
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

        return await Record.ExceptionAsync(() => run);
    }
}
