using Crid.Core;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class CreateAndStartContainerTests
{
    [Fact]
    public async Task CreateAsync_ReadySandbox_GivesTheRuntimeWhatItNeeds()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();

        ContainerId id = await lab.CreateContainerAsync(sandbox);

        ContainerCreation creation = Assert.Single(lab.Runtimes.Default.Creations);
        Assert.Equal($"/run/crid/containers/{id}/rootfs", creation.RootfsPath);
        Assert.Equal($"/run/crid/containers/{id}", creation.BundleDirectory);
        Assert.Equal("/var/log/pods/pod/main/0.log", creation.LogPath);
        ContainerStatus status = lab.StatusOf(id);
        Assert.Equal(ContainerState.Created, status.State);
        Assert.Equal(lab.ProcessOf(id).Pid, status.Pid);
        Assert.Equal("SIGTERM", status.StopSignal);
    }

    [Fact]
    public async Task CreateAsync_HandlerOfSandbox_IsUsed()
    {
        await using Lab lab = await Lab.OpenAsync();

        await lab.RunContainerAsync(Lab.SandboxSpec(handler: "other"));

        Assert.Single(lab.Runtimes.Other.Creations);
    }

    [Theory]
    [InlineData("", "SIGQUIT", "SIGQUIT")]
    [InlineData("SIGINT", "SIGQUIT", "SIGINT")]
    [InlineData("", "nonsense", "SIGTERM")]
    [InlineData("", "RTMIN+3", "SIGRTMIN+3")]
    [InlineData("", "SIGRTMIN+27", "SIGRTMAX-3")]
    [InlineData("SIGRTMAX", "", "SIGRTMAX")]
    public async Task CreateAsync_StopSignal_RequestThenImageThenTerm(string requested, string ofImage, string expected)
    {
        await using Lab lab = await Lab.OpenAsync(prepare: lab => lab.Images.StopSignal = ofImage);
        SandboxId sandbox = await lab.RunSandboxAsync();

        ContainerId id = await lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { StopSignal = requested });

        Assert.Equal(expected, lab.StatusOf(id).StopSignal);
    }

    [Fact]
    public async Task CreateAsync_UnknownImage_IsNotFoundAndLeavesNothing()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();

        CridException exception =
            await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { Image = "nginx" }));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
        Assert.Contains("'nginx'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Machine.ContainerRows);
    }

    [Fact]
    public async Task CreateAsync_ImageVolumes_AreMountedAndRemembered()
    {
        await using Lab lab = await Lab.OpenAsync();

        ContainerId id = await lab.CreateContainerAsync(await lab.RunSandboxAsync(), Lab.WithImageVolumes());

        Assert.Equal(
            [$"/volumes/{FakeImages.Data.Digest.Hex[..4]}/sub", $"/volumes/{FakeImages.Busybox.Digest.Hex[..4]}/"],
            Assert.Single(lab.Runtimes.Default.Creations).ImageVolumes);
        Assert.Equal([FakeImages.Data, FakeImages.Busybox], lab.StatusOf(id).VolumeImages);
        await using Lab next = await lab.CrashAndRestartAsync();
        Assert.Equal([FakeImages.Data, FakeImages.Busybox], next.StatusOf(id).VolumeImages);
        Assert.Equal(id, await next.CreateContainerAsync(next.Containers.Get(id.Value).SandboxId, Lab.WithImageVolumes()));
        await next.Containers.RemoveAsync(id.Value, CancellationToken.None);
        Assert.Empty(next.Machine.ImageVolumes);
    }

    [Fact]
    public async Task CreateAsync_ArtifactAsTheImage_IsInvalidAndLeavesNothing()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();

        CridException exception =
            await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { Image = "data" }));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Contains("'application/vnd.example'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Machine.ContainerRows);
    }

    [Fact]
    public async Task CreateAsync_UnknownImageOfAVolume_HasTheReasonOfTheApiAndLeavesNothing()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();
        MountSpec mount = new() { ContainerPath = "/data", Image = "nginx", ReadOnly = true };

        CridException exception =
            await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { Mounts = [mount] }));

        Assert.Equal("ImageVolumeMountFailed", exception.Reason);
        Assert.Contains("'nginx'", exception.Message, StringComparison.Ordinal);
        Assert.Empty(lab.Machine.ContainerRows);
    }

    [Fact]
    public async Task CreateAsync_UnknownSandbox_IsNotFound()
    {
        await using Lab lab = await Lab.OpenAsync();

        CridException exception =
            await Assert.ThrowsAsync<CridException>(() => lab.Containers.CreateAsync("abc", Lab.ContainerSpec(), CancellationToken.None));

        Assert.Equal(ErrorKind.NotFound, exception.Kind);
    }

    [Theory]
    [InlineData("../other/0.log")]
    [InlineData("/../../etc/passwd")]
    public async Task CreateAsync_LogPathOutsideTheLogDirectory_IsInvalid(string logPath)
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();

        CridException exception =
            await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { LogPath = logPath }));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
    }

    [Fact]
    public async Task CreateAsync_TargetInAnotherSandbox_IsInvalid()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId stranger = await lab.RunContainerAsync(Lab.SandboxSpec("stranger"));
        SandboxId sandbox = await lab.RunSandboxAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(sandbox, Targeting(stranger)));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Single(lab.Machine.ContainerRows);
    }

    [Fact]
    public async Task CreateAsync_PidModePod_JoinsTheInfraProcess()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        FakeProcess infra = lab.Machine.Processes[sandbox.Value];

        await lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { Security = new SecuritySpec() });

        Assert.Equal(new ProcessIdentity(infra.Pid, infra.StartTimeTicks), Assert.Single(lab.Runtimes.Default.Creations).PidOwner);
    }

    [Fact]
    public async Task CreateAsync_RunningTarget_GivesItsPid()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId target = await lab.RunContainerAsync();

        await lab.CreateContainerAsync(lab.Containers.Get(target.Value).SandboxId, Targeting(target));

        Assert.Equal(lab.ProcessOf(target).Pid, lab.Runtimes.Default.Creations[1].PidOwner?.Pid);
    }

    [Theory]
    [InlineData(FaultKind.FailBefore, false)]
    [InlineData(FaultKind.FailBefore, true)]
    [InlineData(FaultKind.FailAfter, false)]
    [InlineData(FaultKind.FailAfter, true)]
    public async Task CreateAsync_AnyStepFails_LeavesNothingAndTheNameIsFree(FaultKind kind, bool withVolumes)
    {
        ContainerSpec spec = withVolumes ? Lab.WithImageVolumes() : Lab.ContainerSpec();
        for (int step = 1; ; step++)
        {
            await using Lab lab = await Lab.OpenAsync();
            SandboxId sandbox = await lab.RunSandboxAsync();
            IReadOnlyList<string> before = lab.Machine.Leftovers;
            lab.Life.SetFault(step, kind);

            Exception? failure = await Record.ExceptionAsync(() => lab.CreateContainerAsync(sandbox, spec));
            if (!lab.Life.HasStruck)
            {
                Assert.Null(failure);
                Assert.True(step > (withVolumes ? 6 : 5), $"only {step} steps were taken");
                return;
            }

            Assert.NotNull(failure);
            Assert.Equal(before, lab.Machine.Leftovers);
            await lab.CreateContainerAsync(sandbox, spec);
        }
    }

    [Fact]
    public async Task CreateAsync_CallerLeavesAndRetries_RetryGetsTheSameContainer()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();
        Task arrived = lab.Life.Hold("create");
        using CancellationTokenSource caller = new();
        Task<ContainerId> first = lab.Containers.CreateAsync(sandbox.Value, Lab.ContainerSpec(), caller.Token);
        await arrived;

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Task<ContainerId> retry = lab.CreateContainerAsync(sandbox);
        lab.Life.LetGo("create");
        ContainerId id = await retry;

        Assert.Equal(id, await lab.CreateContainerAsync(sandbox));
        Assert.Single(lab.Runtimes.Default.Creations);
    }

    [Fact]
    public async Task CreateAsync_UndoFails_StaysListedAsExitedUntilRemoved()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();
        lab.Life.Broken.UnionWith(["create", "remove snapshot"]);

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.CreateContainerAsync(sandbox));
        Container kept = Assert.Single(lab.Containers.List(new ContainerFilter(null, null, null, null)));
        lab.Life.Broken.Clear();
        await lab.Containers.RemoveAsync(kept.Id.Value, CancellationToken.None);

        Assert.Equal(ContainerState.Exited, kept.Status.State);
        Assert.Empty(lab.Machine.Snapshots);
    }

    [Fact]
    public async Task CreateAsync_RowCantBeWrittenNorDeleted_TheNextAttemptClearsItAway()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();
        Task arrived = lab.Life.Hold("create");
        Task<ContainerId> failing = lab.CreateContainerAsync(sandbox);
        await arrived;
        lab.Life.Broken.UnionWith(["write container", "delete container"]);
        lab.Life.LetGo("create");
        await Assert.ThrowsAsync<FakeFaultException>(() => failing);
        Assert.Single(lab.Machine.ContainerRows);

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.CreateContainerAsync(sandbox));
        lab.Life.Broken.Clear();
        ContainerId id = await lab.CreateContainerAsync(sandbox, Lab.ContainerSpec() with { StopSignal = "SIGINT" });

        Assert.Equal([id], lab.Machine.ContainerRows.Keys);
        Assert.Equal(ContainerState.Created, lab.StatusOf(id).State);
        await lab.Sandboxes.RemoveAsync(sandbox.Value, CancellationToken.None);
        Assert.Empty(lab.Machine.Leftovers);
    }

    [Fact]
    public async Task StartAsync_Created_Runs()
    {
        await using Lab lab = await Lab.OpenAsync();

        ContainerId id = await lab.RunContainerAsync();

        Assert.Equal(ContainerState.Running, lab.StatusOf(id).State);
        Assert.Equal(lab.Time.GetUtcNow(), lab.StatusOf(id).StartedAt);
    }

    [Fact]
    public async Task StartAsync_Running_FailsNamingBothStates()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.RunContainerAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.Containers.StartAsync(id.Value, CancellationToken.None));

        Assert.Equal(ErrorKind.FailedPrecondition, exception.Kind);
        Assert.Contains("is running, not created", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_RuntimeFails_IsExitedWithStartError()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.CreateContainerAsync(await lab.RunSandboxAsync());
        lab.Life.Broken.Add("start");

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.Containers.StartAsync(id.Value, CancellationToken.None));

        ContainerStatus status = lab.StatusOf(id);
        Assert.Equal((ContainerState.Exited, 128, "StartError"), (status.State, status.ExitCode, status.Reason));
        Assert.Equal("start fails as the test wants it", status.Message);
        Assert.Null(status.StartedAt);
        Assert.True(lab.ProcessOf(id).Exited.IsCompleted);
    }

    [Fact]
    public async Task StartAsync_StartCantBeRecorded_TheProgramDoesNotRunOn()
    {
        await using Lab lab = await Lab.OpenAsync();
        ContainerId id = await lab.CreateContainerAsync(await lab.RunSandboxAsync());
        lab.Runtimes.Default.OnStart = _ => lab.Life.Broken.Add("write container");

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.Containers.StartAsync(id.Value, CancellationToken.None));

        Assert.True(lab.ProcessOf(id).Exited.IsCompleted);
        await Lab.UntilAsync(() => lab.Time.PendingTimers > 0);
        lab.Life.Broken.Clear();
        await Lab.UntilAsync(() =>
        {
            lab.Time.Advance(TimeSpan.FromSeconds(1));
            return lab.StatusOf(id).State == ContainerState.Exited;
        });
        Assert.Equal(137, lab.StatusOf(id).ExitCode);
        await lab.Containers.RemoveAsync(id.Value, CancellationToken.None);
    }

    [Fact]
    public async Task StartAsync_ProgramEndsBeforeStartReturns_IsExitedAndWasStarted()
    {
        await using Lab lab = await Lab.OpenAsync();
        lab.Runtimes.Default.OnStart = id =>
        {
            lab.Machine.End(lab.ProcessOf(id), 3);
            SpinWait.SpinUntil(() => lab.StatusOf(id).State == ContainerState.Exited, TimeSpan.FromSeconds(10));
        };

        ContainerId id = await lab.RunContainerAsync();

        ContainerStatus status = lab.StatusOf(id);
        Assert.Equal((ContainerState.Exited, 3, "Error"), (status.State, status.ExitCode, status.Reason));
        Assert.NotNull(status.StartedAt);
        Assert.True(status.StartedAt <= status.FinishedAt);
    }

    [Fact]
    public async Task CreateAsync_ProcessEndsBeforeCreateReturns_ExitIsNotLost()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId sandbox = await lab.RunSandboxAsync();
        lab.Runtimes.Default.OnCreate = id => lab.Machine.End(lab.ProcessOf(id), 1);

        ContainerId id = await lab.CreateContainerAsync(sandbox);

        await Lab.UntilAsync(() => lab.StatusOf(id).State == ContainerState.Exited);
        Assert.Equal(1, lab.StatusOf(id).ExitCode);
    }

    private static ContainerSpec Targeting(ContainerId target) => Lab.ContainerSpec("debug") with
    {
        Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Target, TargetId = target.Value } },
    };
}
