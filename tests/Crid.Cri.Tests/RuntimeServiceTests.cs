using System.Text.Json;
using Crid.Core;
using Crid.Images;
using Crid.Networking;
using Crid.Pods;
using Crid.Runtimes;
using Grpc.Core;

namespace Crid.Cri.Tests;

public class RuntimeServiceTests
{
    private readonly RuntimeFixture _fixture = new();

    [Fact]
    public async Task Version_Always_HasWhatKubeletDemands()
    {
        Api.VersionResponse response = await _fixture.Service.Version(new Api.VersionRequest { Version = "0.1.0" }, _fixture.Context);

        Assert.Equal("0.1.0", response.Version);
        Assert.Equal("crid", response.RuntimeName);
        Assert.Equal("0.1.0", response.RuntimeVersion);
        Assert.Equal("v1", response.RuntimeApiVersion);
    }

    [Fact]
    public void ReadVersion_AssemblyOfTheTests_IsWithoutBuildMetadata()
    {
        string version = RuntimeInformation.ReadVersion(typeof(RuntimeInformation).Assembly);

        Assert.Matches(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$", version);
    }

    [Fact]
    public async Task Status_NetworkNotReady_SaysWhy()
    {
        _fixture.Network.Status = new NetworkStatus(IsReady: false, "NetworkPluginNotReady", "no configuration in /etc/cni/net.d");

        Api.StatusResponse response = await _fixture.Service.Status(new Api.StatusRequest(), _fixture.Context);

        Api.RuntimeCondition runtime = Assert.Single(response.Status.Conditions, condition => condition.Type == "RuntimeReady");
        Api.RuntimeCondition network = Assert.Single(response.Status.Conditions, condition => condition.Type == "NetworkReady");
        Assert.True(runtime.Status);
        Assert.False(network.Status);
        Assert.Equal("NetworkPluginNotReady", network.Reason);
        Assert.Equal("no configuration in /etc/cni/net.d", network.Message);
        Assert.Empty(response.Info);
    }

    [Fact]
    public async Task Status_RuntimeNotReady_SaysWhy()
    {
        _fixture.Readiness.Readiness = new RuntimeReadiness(IsReady: false, "KeeperUnreachable", "no answer");

        Api.StatusResponse response = await _fixture.Service.Status(new Api.StatusRequest(), _fixture.Context);

        Assert.Equal(
            new Api.RuntimeCondition { Type = "RuntimeReady", Reason = "KeeperUnreachable", Message = "no answer" }, response.Status.Conditions[0]);
    }

    [Fact]
    public async Task Status_Verbose_ListsHandlersFeaturesAndConfig()
    {
        Api.StatusResponse response = await _fixture.Service.Status(new Api.StatusRequest { Verbose = true }, _fixture.Context);

        Assert.Equal(["", "runc"], response.RuntimeHandlers.Select(handler => handler.Name));
        Assert.All(response.RuntimeHandlers, handler => Assert.True(handler.Features.RecursiveReadOnlyMounts));
        Assert.True(response.Features.SupplementalGroupsPolicy);
        Assert.False(response.Features.UserNamespacesHostNetwork);
        Assert.Equal("""{"stateDir":"/run/crid"}""", response.Info["config"]);
    }

    [Fact]
    public void ToResponse_HandlerWithUserNamespaces_HasThemOnTheNodesNetworkToo()
    {
        RuntimeHandler without = new("", RecursiveReadOnlyMounts: false, UserNamespaces: false);
        RuntimeHandler with = new("crun", RecursiveReadOnlyMounts: false, UserNamespaces: true);

        Api.StatusResponse response = StatusMapper.ToResponse(new RuntimeReadiness(true, "", ""), new NetworkStatus(true, "", ""), [without, with]);

        Assert.Equal([false, true], response.RuntimeHandlers.Select(static handler => handler.Features.UserNamespaces));
        Assert.True(response.Features.UserNamespacesHostNetwork);
    }

    [Fact]
    public async Task Status_Verbose_ListsDecodersAndCdiDevices()
    {
        Api.StatusResponse response = await _fixture.Service.Status(new Api.StatusRequest { Verbose = true }, _fixture.Context);

        Assert.Equal(
            """
            {"directories":["/etc/cdi"],"devices":[{"name":"vendor.com/gpu=0","file":"/etc/cdi/gpu.json","contestedBy":""},{"name":"vendor.com/gpu=1","file":"/etc/cdi/gpu.json","contestedBy":"/etc/cdi/other.json"}],"unusableFiles":[{"file":"/etc/cdi/broken.yaml","problem":"no kind"}]}
            """,
            response.Info["cdi"]);
        Assert.StartsWith("""{"decoders":[{"compression":"gzip","decoder":""", response.Info["images"], StringComparison.Ordinal);
        Assert.Equal(
            """{"decoders":[{"compression":"zstd","decoder":"ZstdSharp","reason":"libzstd.so.1 is missing"}]}""",
            NodeInfo.Images([new DecoderInUse("zstd", "ZstdSharp", "libzstd.so.1 is missing")]));
    }

    [Fact]
    public async Task RuntimeConfig_Cgroupfs_IsReported()
    {
        Api.RuntimeConfigResponse response = await _fixture.Service.RuntimeConfig(new Api.RuntimeConfigRequest(), _fixture.Context);

        Assert.Equal(Api.CgroupDriver.Cgroupfs, response.Linux.CgroupDriver);
    }

    [Fact]
    public async Task UpdateRuntimeConfig_PodCidr_ReachesTheNetwork()
    {
        Api.UpdateRuntimeConfigRequest request = new()
        {
            RuntimeConfig = new Api.RuntimeConfig { NetworkConfig = new Api.NetworkConfig { PodCidr = "10.1.0.0/24,fd00::/64" } },
        };

        await _fixture.Service.UpdateRuntimeConfig(request, _fixture.Context);
        await _fixture.Service.UpdateRuntimeConfig(new Api.UpdateRuntimeConfigRequest(), _fixture.Context);

        Assert.Equal("10.1.0.0/24,fd00::/64", _fixture.Network.PodCidr);
    }

    [Fact]
    public async Task RunPodSandbox_ValidRequest_ReturnsTheId()
    {
        Api.RunPodSandboxResponse response = await _fixture.Service.RunPodSandbox(Samples.RunPodSandbox(), _fixture.Context);

        Assert.Equal(_fixture.Sandboxes.NextId.Value, response.PodSandboxId);
        Assert.Equal("web", _fixture.Sandboxes.RunSpec!.Metadata.Name);
    }

    [Fact]
    public async Task StopAndRemovePodSandbox_AnyId_AreForwarded()
    {
        await _fixture.Service.StopPodSandbox(new Api.StopPodSandboxRequest { PodSandboxId = "a-b" }, _fixture.Context);
        await _fixture.Service.RemovePodSandbox(new Api.RemovePodSandboxRequest { PodSandboxId = "a-b" }, _fixture.Context);

        Assert.Equal(["stop a-b", "remove a-b"], _fixture.Sandboxes.Calls);
    }

    [Fact]
    public async Task UpdatePodSandboxResources_OnePart_LeavesTheOtherAlone()
    {
        Api.UpdatePodSandboxResourcesRequest request = new() { PodSandboxId = "s", Resources = new Api.LinuxContainerResources { CpuShares = 9 } };

        await _fixture.Service.UpdatePodSandboxResources(request, _fixture.Context);

        Assert.Equal(["update s"], _fixture.Sandboxes.Calls);
        Assert.Equal(9, _fixture.Sandboxes.Resources!.CpuShares);
        Assert.Null(_fixture.Sandboxes.Overhead);
    }

    [Fact]
    public async Task StopPodSandbox_NoId_IsInvalidArgument()
    {
        CridException error = await Assert.ThrowsAsync<CridException>(
            () => _fixture.Service.StopPodSandbox(new Api.StopPodSandboxRequest(), _fixture.Context));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Equal("pod_sandbox_id is empty", error.Message);
    }

    [Fact]
    public async Task PodSandboxStatus_Verbose_HasAllResourcesThatWereGiven()
    {
        Sandbox sandbox = Samples.Sandbox();
        ResourcesSpec resources = new()
        {
            CpuPeriod = 100_000,
            CpuQuota = -1,
            CpuShares = 512,
            MemoryLimitInBytes = 64 << 20,
            OomScoreAdj = -997,
            CpusetCpus = "0-1",
            CpusetMems = "0",
            HugepageLimits = [new HugepageLimitSpec("2MB", 4 << 20), new HugepageLimitSpec("1GB", 0)],
            Unified = new Dictionary<string, string> { ["memory.swap.max"] = "0", ["memory.oom.group"] = "1" },
            MemorySwapLimitInBytes = 96 << 20,
        };
        sandbox = sandbox with { Status = sandbox.Status with { Resources = resources, Overhead = new ResourcesSpec { CpuShares = 11 } } };
        _fixture.Sandboxes.Items.Add(sandbox);

        Api.PodSandboxStatusResponse response = await _fixture.Service.PodSandboxStatus(
            new Api.PodSandboxStatusRequest { PodSandboxId = sandbox.Id.Value, Verbose = true }, _fixture.Context);

        using JsonDocument info = JsonDocument.Parse(response.Info["info"]);
        Assert.Equal(
            """{"cpuPeriod":100000,"cpuQuota":-1,"cpuShares":512,"memoryLimitInBytes":67108864,"oomScoreAdj":-997,"cpusetCpus":"0-1","cpusetMems":"0","hugepageLimits":["""
            + """{"pageSize":"2MB","limit":4194304},{"pageSize":"1GB","limit":0}],"unified":"""
            + """{"memory.oom.group":"1","memory.swap.max":"0"},"memorySwapLimitInBytes":100663296}""",
            info.RootElement.GetProperty("resources").GetRawText());
        Assert.Equal("""{"cpuShares":11}""", info.RootElement.GetProperty("overhead").GetRawText());
    }

    [Fact]
    public async Task PodSandboxStatus_Verbose_HasTheNetworkResult()
    {
        Pods.Sandbox sandbox = Samples.Sandbox();
        _fixture.Sandboxes.Items.Add(sandbox with { Status = sandbox.Status with { NetworkResultJson = """{"cniVersion":"1.0.0"}""" } });

        Api.PodSandboxStatusResponse response = await _fixture.Service.PodSandboxStatus(
            new Api.PodSandboxStatusRequest { PodSandboxId = sandbox.Id.Value, Verbose = true }, _fixture.Context);

        Assert.Equal(sandbox.Id.Value, response.Status.Id);
        Assert.Equal(
            """{"pid":0,"netNamespace":null,"cgroupParent":"","privileged":false,"cniResult":{"cniVersion":"1.0.0"}}""", response.Info["info"]);
    }

    [Fact]
    public async Task StreamPodSandboxes_MoreThanOnePart_SendsEachItemOnce()
    {
        _fixture.Sandboxes.Items.AddRange(Enumerable.Range(0, StreamedList.PartSize + 1).Select(_ => Samples.Sandbox()));
        ListWriter<Api.StreamPodSandboxesResponse> writer = new();

        await _fixture.Service.StreamPodSandboxes(new Api.StreamPodSandboxesRequest(), writer, _fixture.Context);

        Assert.Equal([StreamedList.PartSize, 1], writer.Messages.Select(part => part.PodSandboxes.Count));
        Assert.Equal(
            _fixture.Sandboxes.Items.Select(sandbox => sandbox.Id.Value),
            writer.Messages.SelectMany(part => part.PodSandboxes).Select(item => item.Id));
    }

    [Fact]
    public async Task StreamContainers_Nothing_SendsNoPart()
    {
        ListWriter<Api.StreamContainersResponse> writer = new();

        await _fixture.Service.StreamContainers(new Api.StreamContainersRequest(), writer, _fixture.Context);

        Assert.Empty(writer.Messages);
    }

    [Fact]
    public async Task ListContainers_Filter_IsForwarded()
    {
        Api.ListContainersRequest request = new()
        {
            Filter = new Api.ContainerFilter
            {
                Id = "c",
                PodSandboxId = "s",
                State = new Api.ContainerStateValue { State = Api.ContainerState.ContainerRunning },
            },
        };
        request.Filter.LabelSelector.Add("l", "1");
        _fixture.Containers.Items.Add(Samples.Container());

        Api.ListContainersResponse response = await _fixture.Service.ListContainers(request, _fixture.Context);

        Assert.Single(response.Containers);
        Assert.Equal("c", _fixture.Containers.Filter!.Id);
        Assert.Equal("s", _fixture.Containers.Filter.SandboxId);
        Assert.Equal(Pods.ContainerState.Running, _fixture.Containers.Filter.State);
        Assert.Equal("1", _fixture.Containers.Filter.Labels!["l"]);
    }

    [Fact]
    public async Task ContainerLife_EveryCall_IsForwarded()
    {
        RuntimeServiceImpl service = _fixture.Service;
        Api.CreateContainerResponse created = await service.CreateContainer(Samples.CreateContainer(), _fixture.Context);

        await service.StartContainer(new Api.StartContainerRequest { ContainerId = "c" }, _fixture.Context);
        await service.UpdateContainerResources(
            new Api.UpdateContainerResourcesRequest { ContainerId = "c", Linux = new Api.LinuxContainerResources { CpuShares = 3 } }, _fixture.Context);
        await service.ReopenContainerLog(new Api.ReopenContainerLogRequest { ContainerId = "c" }, _fixture.Context);
        await service.StopContainer(new Api.StopContainerRequest { ContainerId = "c", Timeout = 30 }, _fixture.Context);
        await service.RemoveContainer(new Api.RemoveContainerRequest { ContainerId = "c" }, _fixture.Context);

        Assert.Equal(_fixture.Containers.NextId.Value, created.ContainerId);
        Assert.Equal(3, _fixture.Containers.Resources!.CpuShares);
        Assert.Equal(["create in s1", "start c", "update c", "reopen c", "stop c 30", "remove c"], _fixture.Containers.Calls);
    }

    [Fact]
    public async Task StopContainer_ForeverAsTimeout_IsWhatATimerCanWait()
    {
        await _fixture.Service.StopContainer(new Api.StopContainerRequest { ContainerId = "c", Timeout = long.MaxValue }, _fixture.Context);

        using Timer timer = new(_ => { });
        string seconds = Assert.Single(_fixture.Containers.Calls).Split(' ')[^1];
        Assert.True(timer.Change(TimeSpan.FromSeconds(double.Parse(seconds)), Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task StopContainer_NegativeTimeout_IsInvalidArgument()
    {
        CridException error = await Assert.ThrowsAsync<CridException>(
            () => _fixture.Service.StopContainer(new Api.StopContainerRequest { ContainerId = "c", Timeout = -1 }, _fixture.Context));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public async Task UpdateContainerResources_WhatCantBeUpdated_IsRefused()
    {
        Api.LinuxContainerResources linux = new() { CpuShares = 3 };
        Api.UpdateContainerResourcesRequest annotated = new() { ContainerId = "c", Linux = linux, Annotations = { ["vendor.com/level"] = "9" } };
        Api.UpdateContainerResourcesRequest ofWindows = new() { ContainerId = "c", Linux = linux, Windows = new Api.WindowsContainerResources() };

        CridException annotation = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.UpdateContainerResources(annotated, _fixture.Context));
        CridException windows = await Assert.ThrowsAsync<CridException>(() => _fixture.Service.UpdateContainerResources(ofWindows, _fixture.Context));

        Assert.Equal((ErrorKind.Unimplemented, ErrorKind.InvalidArgument), (annotation.Kind, windows.Kind));
        Assert.Contains("vendor.com/level", annotation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdateContainerResources_NoLinuxPart_IsInvalidArgument()
    {
        CridException error = await Assert.ThrowsAsync<CridException>(
            () => _fixture.Service.UpdateContainerResources(new Api.UpdateContainerResourcesRequest { ContainerId = "c" }, _fixture.Context));

        Assert.Equal("linux is missing", error.Message);
    }

    [Fact]
    public async Task ContainerStatus_Verbose_TellsNothingOfTheEnvironment()
    {
        ContainerSpec spec = new()
        {
            Metadata = new ContainerMetadata("app", 0),
            Image = Samples.ImageId,
            Command = ["sh", "-c"],
            Environment = [KeyValuePair.Create("TOKEN", "hunter2")],
        };
        Pods.Container container = Samples.Container(spec);
        _fixture.Containers.Items.Add(container);

        Api.ContainerStatusResponse response = await _fixture.Service.ContainerStatus(
            new Api.ContainerStatusRequest { ContainerId = container.Id.Value, Verbose = true }, _fixture.Context);

        Assert.Contains("\"command\":[\"sh\",\"-c\"]", response.Info["info"], StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", response.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExecSync_CommandWithoutTimeout_ReturnsOutputAndCode()
    {
        _fixture.Containers.ExecResult = new ExecSyncResult("out"u8.ToArray(), "err"u8.ToArray(), 3);

        Api.ExecSyncResponse response = await _fixture.Service.ExecSync(
            new Api.ExecSyncRequest { ContainerId = "c", Cmd = { "echo", "x" } }, _fixture.Context);

        Assert.Equal("out", response.Stdout.ToStringUtf8());
        Assert.Equal("err", response.Stderr.ToStringUtf8());
        Assert.Equal(3, response.ExitCode);
        Assert.Null(_fixture.Containers.ExecTimeout);
        Assert.Equal(["exec c echo x"], _fixture.Containers.Calls);
    }

    [Fact]
    public async Task ExecSync_TwoFullBuffers_FitIntoOneMessage()
    {
        byte[] full = new byte[16 * 1024 * 1024];
        _fixture.Containers.ExecResult = new ExecSyncResult(full, full, 0);

        Api.ExecSyncResponse response = await _fixture.Service.ExecSync(
            new Api.ExecSyncRequest { ContainerId = "c", Cmd = { "x" }, Timeout = 5 }, _fixture.Context);

        Assert.True(response.CalculateSize() <= full.Length);
        Assert.InRange(response.Stderr.Length - response.Stdout.Length, -1, 1);
        Assert.Equal(TimeSpan.FromSeconds(5), _fixture.Containers.ExecTimeout);
    }

    [Fact]
    public async Task ExecSync_NoCommand_IsInvalidArgument()
    {
        CridException error = await Assert.ThrowsAsync<CridException>(
            () => _fixture.Service.ExecSync(new Api.ExecSyncRequest { ContainerId = "c" }, _fixture.Context));

        Assert.Equal("cmd is empty", error.Message);
    }

    [Fact]
    public async Task CheckpointContainer_NotPartOfThisVersion_IsUnimplemented()
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(
            () => _fixture.Service.CheckpointContainer(new Api.CheckpointContainerRequest(), _fixture.Context));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }
}
