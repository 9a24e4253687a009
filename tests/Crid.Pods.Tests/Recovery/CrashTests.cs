using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

/// <summary>The daemon is killed after each step of each operation in turn; the next start must repair it.</summary>
public sealed class CrashTests
{
    private static readonly SandboxFilter AllSandboxes = new(null, null, null);
    private static readonly ContainerFilter AllContainers = new(null, null, null, null);

    [Fact]
    public async Task Crash_InRunSandbox_LeavesNothingOrAReadySandbox()
    {
        await ForEachStepAsync(
            (lab, _) => lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod)),
            prepare: _ => Task.FromResult(default(ContainerId)),
            async (lab, _) =>
            {
                if (lab.Sandboxes.List(AllSandboxes).Count == 0)
                {
                    Assert.Empty(lab.Machine.Leftovers);
                }

                SandboxId id = await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
                Assert.Equal(SandboxState.Ready, lab.Sandboxes.Get(id.Value).Status.State);
            },
            leastSteps: 6);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Crash_InCreateContainer_LeavesNothingOrACreatedContainer(bool withVolumes)
    {
        ContainerSpec spec = withVolumes ? Lab.WithImageVolumes() : Lab.ContainerSpec();
        await ForEachStepAsync(
            (lab, _) => lab.CreateContainerAsync(OnlySandbox(lab), spec),
            prepare: async lab =>
            {
                await lab.RunSandboxAsync();
                return default;
            },
            async (lab, _) =>
            {
                if (lab.Containers.List(AllContainers).Count == 0)
                {
                    Assert.Empty(lab.Machine.ContainerDirectories);
                    Assert.Empty(lab.Machine.Snapshots);
                    Assert.Empty(lab.Machine.ImageVolumes);
                    Assert.Empty(lab.Machine.RuntimeStates);
                    Assert.Empty(lab.Machine.Kept);
                }

                ContainerId id = await lab.CreateContainerAsync(OnlySandbox(lab), spec);
                Assert.Equal(ContainerState.Created, lab.StatusOf(id).State);
            },
            leastSteps: withVolumes ? 6 : 5);
    }

    [Fact]
    public async Task Crash_InStartContainer_ItIsCreatedOrRuns()
    {
        await ForEachStepAsync(
            (lab, id) => lab.Containers.StartAsync(id.Value, CancellationToken.None),
            prepare: async lab => await lab.CreateContainerAsync(await lab.RunSandboxAsync()),
            async (lab, id) =>
            {
                Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
                Assert.False(lab.ProcessOf(id).Exited.IsCompleted);
                Assert.Contains(id, lab.Machine.Started);
                await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);
            },
            leastSteps: 3);
    }

    [Fact]
    public async Task Crash_InStopContainer_ItEndsOrCanBeStoppedAgain()
    {
        await ForEachStepAsync(
            (lab, id) => lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None),
            prepare: lab => lab.RunContainerAsync(),
            async (lab, id) =>
            {
                await lab.Containers.StopAsync(id.Value, TimeSpan.Zero, CancellationToken.None);
                Assert.Equal(137, lab.StatusOf(id).ExitCode);
            },
            leastSteps: 1);
    }

    [Fact]
    public async Task Crash_InRemoveContainer_IsFinished()
    {
        await ForEachStepAsync(
            (lab, id) => lab.Containers.RemoveAsync(id.Value, CancellationToken.None),
            prepare: lab => lab.RunContainerAsync(container: Lab.WithImageVolumes()),
            async (lab, _) =>
            {
                Assert.Empty(lab.Containers.List(AllContainers));
                Assert.Empty(lab.Machine.ContainerRows);
                Assert.Empty(lab.Machine.ContainerDirectories);
                Assert.Empty(lab.Machine.Snapshots);
                Assert.Empty(lab.Machine.ImageVolumes);
                Assert.Empty(lab.Machine.RuntimeStates);
                Assert.Empty(lab.Machine.Kept);
                await lab.CreateContainerAsync(OnlySandbox(lab));
            },
            leastSteps: 7);
    }

    [Fact]
    public async Task Crash_InStopSandbox_TheNextStopFinishesIt()
    {
        await ForEachStepAsync(
            (lab, _) => lab.Sandboxes.StopAsync(OnlySandbox(lab).Value, CancellationToken.None),
            prepare: lab => lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod)),
            async (lab, id) =>
            {
                await lab.Sandboxes.StopAsync(OnlySandbox(lab).Value, CancellationToken.None);
                Assert.Equal(ContainerState.Exited, lab.StatusOf(id).State);
                Assert.Empty(lab.Machine.Attachments);
                Assert.Empty(lab.Machine.Namespaces);
                await lab.Sandboxes.RemoveAsync(OnlySandbox(lab).Value, CancellationToken.None);
                Assert.Empty(lab.Machine.Leftovers);
            },
            leastSteps: 6);
    }

    [Fact]
    public async Task Crash_InRemoveSandbox_IsFinished()
    {
        await ForEachStepAsync(
            (lab, _) => lab.Sandboxes.RemoveAsync(OnlySandbox(lab).Value, CancellationToken.None),
            prepare: lab => lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod)),
            async (lab, _) =>
            {
                Assert.Empty(lab.Machine.Leftovers);
                await lab.RunContainerAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
            },
            leastSteps: 10);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public async Task Crash_InUpdateContainerResources_KernelAndStatusAgree(long sharesBefore)
    {
        ResourcesSpec before = new() { CpuShares = sharesBefore, MemoryLimitInBytes = sharesBefore << 20 };
        ResourcesSpec after = new() { CpuShares = 1024 + sharesBefore, MemoryLimitInBytes = 1L << 40 };
        await ForEachStepAsync(
            (lab, id) => lab.Containers.UpdateResourcesAsync(id.Value, after, CancellationToken.None),
            prepare: lab => lab.RunContainerAsync(container: Lab.ContainerSpec() with { Resources = before }),
            async (lab, id) =>
            {
                ResourcesSpec shown = lab.StatusOf(id).Resources!;
                ResourcesSpec limits = lab.Machine.Limits.GetValueOrDefault(id, before);
                Assert.Equal(shown.CpuShares, limits.CpuShares == 1024 && sharesBefore == 0 && shown.CpuShares == 0 ? 0 : limits.CpuShares);
                Assert.Equal(shown.MemoryLimitInBytes, Math.Max(limits.MemoryLimitInBytes, 0));
                Assert.Null(lab.StatusOf(id).Updating);
                await lab.Containers.UpdateResourcesAsync(id.Value, after, CancellationToken.None);
                Assert.Equal(after.CpuShares, lab.Machine.Limits[id].CpuShares);
            },
            leastSteps: 3);
    }

    [Fact]
    public async Task Crash_InUpdateSandboxResources_TheFormerOrTheNewOnesStand()
    {
        ResourcesSpec before = new() { CpuShares = 512 };
        ResourcesSpec after = new() { CpuShares = 1024 };
        await ForEachStepAsync(
            (lab, _) => lab.Sandboxes.UpdateResourcesAsync(OnlySandbox(lab).Value, null, after, CancellationToken.None),
            prepare: lab => lab.RunContainerAsync(Lab.SandboxSpec() with { Resources = before }),
            async (lab, _) =>
            {
                Assert.Contains(lab.Sandboxes.Get(OnlySandbox(lab).Value).Status.Resources, (ResourcesSpec[])[before, after]);
                await lab.Sandboxes.UpdateResourcesAsync(OnlySandbox(lab).Value, null, after, CancellationToken.None);
                Assert.Equal(after, lab.Sandboxes.Get(OnlySandbox(lab).Value).Status.Resources);
            },
            leastSteps: 1);
    }

    [Theory]
    [InlineData("ReopenLog")]
    [InlineData("ExecSync")]
    [InlineData("Exec")]
    [InlineData("Attach")]
    public async Task Crash_InACallOnARunningContainer_ItRunsOnAndTheCallWorksAgain(string call)
    {
        await ForEachStepAsync(
            (lab, id) => CallAsync(lab, id, call),
            prepare: lab => lab.RunContainerAsync(),
            async (lab, id) =>
            {
                Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
                await CallAsync(lab, id, call);
                await lab.Sandboxes.RemoveAsync(OnlySandbox(lab).Value, CancellationToken.None);
                Assert.Empty(lab.Machine.Leftovers);
            },
            leastSteps: 1);
    }

    private static Task CallAsync(Lab lab, ContainerId id, string call) => call switch
    {
        "ReopenLog" => lab.Containers.ReopenLogAsync(id.Value, CancellationToken.None),
        "ExecSync" => lab.Containers.ExecSyncAsync(id.Value, ["true"], timeout: null, CancellationToken.None),
        "Exec" => lab.Containers.ExecAsync(id.Value, ["true"], terminal: false, new ProcessStreams(), CancellationToken.None),
        "Attach" => lab.Containers.AttachAsync(id.Value, new ProcessStreams(), CancellationToken.None),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, message: null),
    };

    private static SandboxId OnlySandbox(Lab lab) => Assert.Single(lab.Sandboxes.List(AllSandboxes)).Id;

    private static async Task ForEachStepAsync(
        Func<Lab, ContainerId, Task> operation,
        Func<Lab, Task<ContainerId>> prepare,
        Func<Lab, ContainerId, Task> check,
        int leastSteps)
    {
        for (int step = 1; ; step++)
        {
            Lab lab = await Lab.OpenAsync();
            ContainerId id = await prepare(lab);
            lab.Life.SetFault(step, FaultKind.Crash);

            // What the dead daemon still would have done is of no interest: it may wait for ever for what it can't see any more.
            Task run = operation(lab, id);
            await Lab.UntilAsync(() => run.IsCompleted || lab.Life.HasStruck);
            if (!lab.Life.HasStruck)
            {
                await run;
                Assert.True(step > leastSteps, $"only {step - 1} steps were taken");
                return;
            }

            await using Lab next = await lab.CrashAndRestartAsync();
            await check(next, id);
        }
    }
}
