using Crid.Core;
using Crid.Linux;
using Crid.Networking;
using Crid.Runtimes;

namespace Crid.Pods.Tests;

public sealed class RunSandboxTests
{
    [Fact]
    public async Task RunAsync_PodNetwork_IsReadyWithAddressesAndEnvironment()
    {
        await using Lab lab = await Lab.OpenAsync();

        SandboxId id = await lab.RunSandboxAsync();

        Sandbox sandbox = lab.Sandboxes.Get(id.Value);
        Assert.Equal(SandboxState.Ready, sandbox.Status.State);
        Assert.Equal(["10.88.0.2", "fd00::2"], sandbox.Status.Addresses);
        Assert.Equal($"/run/crid/ns/{id}/net", sandbox.Status.Environment?.NetworkNamespace);
        Assert.Equal($"/run/crid/sandboxes/{id}/shm", sandbox.Status.Environment?.ShmPath);
        Assert.Null(sandbox.Status.Environment?.InfraPid);
    }

    [Fact]
    public async Task RunAsync_MachineWithSelinux_PodsDifferAndContainersHaveTheContextOfTheirPod()
    {
        SelinuxPolicy policy = new("u:r:container_t:s0", "u:object_r:container_file_t:s0");
        await using Lab before = await Lab.OpenAsync(prepare: lab => lab.Runtimes.Selinux = policy);
        SandboxId first = await before.RunSandboxAsync();
        await using Lab lab = await before.CrashAndRestartAsync(lab => lab.Runtimes.Selinux = policy);
        SandboxId second = await lab.RunSandboxAsync(Lab.SandboxSpec("other"));

        ContainerId plain = await lab.CreateContainerAsync(first);
        ContainerId own = await lab.CreateContainerAsync(first, Lab.ContainerSpec("own") with { Security = new SecuritySpec { Selinux = new SelinuxSpec("", "", "", "s0:c7") } });

        SelinuxLabels labels = lab.Sandboxes.Get(first.Value).Status.Environment!.Selinux!;
        Assert.Matches(@"^u:r:container_t:s0:c\d+,c\d+$", labels.Process);
        Assert.NotEqual(labels, lab.Sandboxes.Get(second.Value).Status.Environment!.Selinux);
        Assert.Equal((labels.Mount, "u:object_r:container_file_t:s0:c7"), (lab.Snapshots.Labels[plain], lab.Snapshots.Labels[own]));
    }

    [Fact]
    public async Task RunAsync_PidModePod_StartsInfraProcess()
    {
        await using Lab lab = await Lab.OpenAsync();

        SandboxId id = await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));

        SandboxStatus status = lab.Sandboxes.Get(id.Value).Status;
        Assert.Equal(lab.Machine.Processes[id.Value].Pid, status.Environment?.InfraPid);
        Assert.Equal(lab.Machine.Processes[id.Value].StartTimeTicks, status.InfraStartTimeTicks);
    }

    [Fact]
    public async Task RunAsync_HostNetwork_NeedsNoPodNetworkAndKeepsTheNodesName()
    {
        await using Lab lab = await Lab.OpenAsync(prepare: lab => lab.Network.Status = new NetworkStatus(IsReady: false, "NoConfig", "none"));
        SandboxSpec spec = Lab.SandboxSpec() with
        {
            Security = new SecuritySpec { Namespaces = new NamespacesSpec { Network = NamespaceMode.Node, Pid = NamespaceMode.Container } },
        };

        SandboxId id = await lab.RunSandboxAsync(spec);

        SandboxStatus status = lab.Sandboxes.Get(id.Value).Status;
        Assert.Equal("node", status.Environment?.Hostname);
        Assert.Empty(status.Addresses);
        Assert.Empty(lab.Machine.Attachments);
        NamespaceRequest request = Assert.Single(lab.Namespaces.Requests);
        Assert.False(request.Network || request.Uts);
        Assert.True(request.Ipc);
    }

    [Fact]
    public async Task RunAsync_NodeIsRenamed_NewSandboxesHaveTheNewName()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxSpec spec = Lab.SandboxSpec("a") with { Security = new SecuritySpec { Namespaces = new NamespacesSpec { Network = NamespaceMode.Node } } };
        SandboxId before = await lab.RunSandboxAsync(spec);

        lab.Machine.NodeName = "renamed";
        SandboxId after = await lab.RunSandboxAsync(spec with { Metadata = spec.Metadata with { Name = "b" } });

        Assert.Equal("node", lab.Sandboxes.Get(before.Value).Status.Environment?.Hostname);
        Assert.Equal("renamed", lab.Sandboxes.Get(after.Value).Status.Environment?.Hostname);
    }

    [Fact]
    public async Task RunAsync_NetworkNotReady_IsUnavailableAndLeavesNothing()
    {
        await using Lab lab = await Lab.OpenAsync(prepare: lab => lab.Network.Status = new NetworkStatus(IsReady: false, "NoConfig", "none"));

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync());

        Assert.Equal(ErrorKind.Unavailable, exception.Kind);
        Assert.Empty(lab.Machine.Leftovers);
    }

    [Fact]
    public async Task RunAsync_UnknownHandler_IsInvalidBeforeAnythingIsMade()
    {
        await using Lab lab = await Lab.OpenAsync();
        int steps = lab.Life.Steps.Count;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync(Lab.SandboxSpec(handler: "kata")));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Equal(steps, lab.Life.Steps.Count);
    }

    [Fact]
    public async Task RunAsync_CgroupParentOfTheOtherDriver_IsInvalidBeforeAnythingIsMade()
    {
        await using Lab lab = await Lab.OpenAsync();
        int steps = lab.Life.Steps.Count;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync(Lab.SandboxSpec() with { CgroupParent = "/kubepods.slice" }));

        Assert.Equal(ErrorKind.InvalidArgument, exception.Kind);
        Assert.Equal(steps, lab.Life.Steps.Count);
    }

    [Fact]
    public async Task RunAsync_UserNamespace_IsMadeWithTheMappingsAndPartOfTheEnvironment()
    {
        await using Lab lab = await Lab.OpenAsync();
        lab.Runtimes.Handlers = [new RuntimeHandler("", RecursiveReadOnlyMounts: true, UserNamespaces: true)];
        NamespacesSpec namespaces = new()
        {
            User = new UserNamespaceSpec(NamespaceMode.Pod, [new IdMappingSpec(100_000, 0, 65_536)], [new IdMappingSpec(200_000, 0, 65_536)]),
        };

        SandboxId id = await lab.RunSandboxAsync(Lab.SandboxSpec() with { Security = new SecuritySpec { Namespaces = namespaces } });

        Linux.NamespaceRequest request = Assert.Single(lab.Namespaces.Requests);
        Assert.Equal(new Linux.IdMapping(0, 100_000, 65_536), Assert.Single(request.User!.Users));
        Assert.Equal(new Linux.IdMapping(0, 200_000, 65_536), Assert.Single(request.User.Groups));
        Assert.EndsWith("/user", lab.Sandboxes.Get(id.Value).Status.Environment!.UserNamespace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_UserNamespaceThatTheHandlerHasNot_IsUnimplementedBeforeAnythingIsMade()
    {
        await using Lab lab = await Lab.OpenAsync();
        int steps = lab.Life.Steps.Count;
        IdMappingSpec mapping = new(100_000, 0, 65_536);
        NamespacesSpec namespaces = new() { User = new UserNamespaceSpec(NamespaceMode.Pod, [mapping], [mapping]) };
        SandboxSpec spec = Lab.SandboxSpec() with { Security = new SecuritySpec { Namespaces = namespaces } };

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync(spec));

        Assert.Equal(ErrorKind.Unimplemented, exception.Kind);
        Assert.Equal(steps, lab.Life.Steps.Count);
    }

    [Fact]
    public async Task RunAsync_SameRequestAfterSuccess_ReturnsTheSameSandbox()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxSpec first = Lab.SandboxSpec() with { Labels = new Dictionary<string, string> { ["a"] = "1", ["b"] = "2" } };
        SandboxSpec again = Lab.SandboxSpec() with { Labels = new Dictionary<string, string> { ["b"] = "2", ["a"] = "1" } };

        SandboxId id = await lab.RunSandboxAsync(first);

        Assert.Equal(id, await lab.RunSandboxAsync(again));
    }

    [Fact]
    public async Task RunAsync_OtherSpecUnderTheSameIdentity_AlreadyExists()
    {
        await using Lab lab = await Lab.OpenAsync();
        await lab.RunSandboxAsync();

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync(Lab.SandboxSpec() with { Hostname = "x" }));

        Assert.Equal(ErrorKind.AlreadyExists, exception.Kind);
    }

    [Fact]
    public async Task RunAsync_IdentityOfStoppedSandbox_AlreadyExists()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync();
        await lab.Sandboxes.StopAsync(id.Value, CancellationToken.None);

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync());

        Assert.Equal(ErrorKind.AlreadyExists, exception.Kind);
    }

    [Fact]
    public async Task RunAsync_CallerLeavesAndRetries_RetryJoinsTheAttemptInFlight()
    {
        await using Lab lab = await Lab.OpenAsync();
        Task attached = lab.Life.Hold("attach");
        using CancellationTokenSource caller = new();
        Task<SandboxId> first = lab.Sandboxes.RunAsync(Lab.SandboxSpec(), caller.Token);
        await attached;

        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Empty(lab.Sandboxes.List(new SandboxFilter(null, null, null)));
        Task<SandboxId> retry = lab.RunSandboxAsync();
        lab.Life.LetGo("attach");
        SandboxId id = await retry;

        Assert.Equal(id, Assert.Single(lab.Sandboxes.List(new SandboxFilter(null, null, null))).Id);
        Assert.Single(lab.Machine.Namespaces);
    }

    [Fact]
    public async Task RunAsync_CallerLeavesForGood_SandboxStaysListed()
    {
        await using Lab lab = await Lab.OpenAsync();
        Task attached = lab.Life.Hold("attach");
        using CancellationTokenSource caller = new();
        Task<SandboxId> first = lab.Sandboxes.RunAsync(Lab.SandboxSpec(), caller.Token);
        await attached;

        await caller.CancelAsync();
        lab.Life.LetGo("attach");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Lab.UntilAsync(() => lab.Sandboxes.List(new SandboxFilter(null, SandboxState.Ready, null)).Count == 1);
    }

    [Fact]
    public async Task RunAsync_OtherSpecWhileInFlight_AlreadyExists()
    {
        await using Lab lab = await Lab.OpenAsync();
        Task attached = lab.Life.Hold("attach");
        Task<SandboxId> first = lab.RunSandboxAsync();
        await attached;

        CridException exception = await Assert.ThrowsAsync<CridException>(() => lab.RunSandboxAsync(Lab.SandboxSpec() with { Hostname = "x" }));
        lab.Life.LetGo("attach");
        await first;

        Assert.Equal(ErrorKind.AlreadyExists, exception.Kind);
    }

    [Fact]
    public async Task RunAsync_PastItsDeadline_IsRolledBack()
    {
        await using Lab lab = await Lab.OpenAsync();
        Task attached = lab.Life.Hold("attach");
        Task<SandboxId> run = lab.RunSandboxAsync();
        await attached;

        lab.Time.Advance(TimeSpan.FromMinutes(5));
        CridException exception = await Assert.ThrowsAsync<CridException>(() => run);

        Assert.Equal(ErrorKind.DeadlineExceeded, exception.Kind);
        Assert.Empty(lab.Machine.Leftovers);
    }

    [Theory]
    [InlineData(FaultKind.FailBefore)]
    [InlineData(FaultKind.FailAfter)]
    public async Task RunAsync_AnyStepFails_LeavesNothingAndTheNameIsFree(FaultKind kind)
    {
        for (int step = 1; ; step++)
        {
            await using Lab lab = await Lab.OpenAsync();
            lab.Life.SetFault(step, kind);

            Exception? failure = await Record.ExceptionAsync(() => lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod)));
            if (!lab.Life.HasStruck)
            {
                Assert.Null(failure);
                Assert.True(step > 6, $"only {step} steps were taken");
                return;
            }

            Assert.NotNull(failure);
            Assert.Empty(lab.Machine.Leftovers);
            await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));
        }
    }

    [Fact]
    public async Task RunAsync_UndoFails_StaysListedForStopAndRemove()
    {
        await using Lab lab = await Lab.OpenAsync();
        lab.Life.Broken.UnionWith(["write hosts", "detach"]);

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.RunSandboxAsync());
        Sandbox kept = Assert.Single(lab.Sandboxes.List(new SandboxFilter(null, null, null)));
        lab.Life.Broken.Clear();
        await lab.Sandboxes.StopAsync(kept.Id.Value, CancellationToken.None);
        await lab.Sandboxes.RemoveAsync(kept.Id.Value, CancellationToken.None);

        Assert.Equal(SandboxState.NotReady, kept.Status.State);
        Assert.Empty(lab.Machine.Leftovers);
    }

    [Fact]
    public async Task RunAsync_RowCantBeWrittenNorDeleted_TheNextAttemptClearsItAway()
    {
        await using Lab lab = await Lab.OpenAsync();
        Task arrived = lab.Life.Hold("attach");
        Task<SandboxId> failing = lab.RunSandboxAsync();
        await arrived;
        lab.Life.Broken.UnionWith(["write sandbox", "delete sandbox"]);
        lab.Life.LetGo("attach");
        await Assert.ThrowsAsync<FakeFaultException>(() => failing);
        Assert.Single(lab.Machine.SandboxRows);

        await Assert.ThrowsAsync<FakeFaultException>(() => lab.RunSandboxAsync());
        lab.Life.Broken.Clear();
        SandboxId id = await lab.RunSandboxAsync();

        Assert.Equal([id], lab.Machine.SandboxRows.Keys);
        Assert.Equal(SandboxState.Ready, lab.Sandboxes.Get(id.Value).Status.State);
        await lab.Sandboxes.RemoveAsync(id.Value, CancellationToken.None);
        Assert.Empty(lab.Machine.Leftovers);
    }

    [Fact]
    public async Task InfraProcess_Dies_SandboxIsNotReady()
    {
        await using Lab lab = await Lab.OpenAsync();
        SandboxId id = await lab.RunSandboxAsync(Lab.SandboxSpec(pid: NamespaceMode.Pod));

        lab.Machine.End(lab.Machine.Processes[id.Value], 137);

        await Lab.UntilAsync(() => lab.Sandboxes.Get(id.Value).Status.State == SandboxState.NotReady);
        await Assert.ThrowsAsync<CridException>(() => lab.CreateContainerAsync(id));
    }
}
