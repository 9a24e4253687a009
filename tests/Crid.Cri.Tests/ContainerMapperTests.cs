using Crid.Core;
using Crid.Linux;
using Crid.Pods;
using Crid.Runtimes;
using Google.Protobuf;

namespace Crid.Cri.Tests;

public class ContainerMapperTests
{
    private static readonly string OtherImageId = "sha256:" + new string('e', 64);

    [Fact]
    public void ToSpec_FullRequest_KeepsEverything()
    {
        Api.CreateContainerRequest request = Samples.CreateContainer();
        Api.ContainerConfig config = request.Config;
        config.Command.Add("sh");
        config.Args.Add("-c");
        config.WorkingDir = "/srv";
        config.Envs.Add(new Api.KeyValue { Key = "A", Value = ByteString.CopyFromUtf8("ä=1") });
        config.Mounts.Add(new Api.Mount { ContainerPath = "/data", HostPath = "/srv/data" });
        config.Devices.Add(new Api.Device { ContainerPath = "/dev/x", HostPath = "/dev/y", Permissions = "rw" });
        config.CDIDevices.Add(new Api.CDIDevice { Name = "vendor.com/gpu=0" });
        config.Labels.Add("l", "1");
        config.Annotations.Add("a", "2");
        config.LogPath = "app/0.log";
        config.Stdin = config.StdinOnce = config.Tty = true;
        config.StopSignal = Api.Signal.Sigrtminplus3;
        config.Linux.Resources = new Api.LinuxContainerResources { CpuQuota = -1, Unified = { { "memory.oom.group", "1" } } };

        ContainerSpec spec = ContainerMapper.ToSpec(request);

        Assert.Equal(new ContainerMetadata("app", 1), spec.Metadata);
        Assert.Equal(Samples.ImageId, spec.Image);
        Assert.Equal("busybox:1.36", spec.UserSpecifiedImage);
        Assert.Equal(["sh"], spec.Command);
        Assert.Equal(["-c"], spec.Args);
        Assert.Equal("/srv", spec.WorkingDirectory);
        Assert.Equal([KeyValuePair.Create("A", "ä=1")], spec.Environment);
        Assert.Equal("/srv/data", Assert.Single(spec.Mounts).HostPath);
        Assert.Equal([new DeviceSpec("/dev/x", "/dev/y", "rw")], spec.Devices);
        Assert.Equal(["vendor.com/gpu=0"], spec.CdiDevices);
        Assert.Equal("1", spec.Labels["l"]);
        Assert.Equal("2", spec.Annotations["a"]);
        Assert.Equal("app/0.log", spec.LogPath);
        Assert.True(spec is { Stdin: true, StdinOnce: true, Tty: true });
        Assert.Equal("SIGRTMIN+3", spec.StopSignal);
        Assert.Equal(-1, spec.Resources!.CpuQuota);
        Assert.Equal("1", spec.Resources.Unified["memory.oom.group"]);
    }

    public static TheoryData<string, Action<Api.ContainerConfig>> BadConfigs => new()
    {
        { "config.metadata is missing", config => config.Metadata = null },
        { "config.metadata.name is empty", config => config.Metadata.Name = "" },
        { "config.windows is for nodes", config => config.Windows = new Api.WindowsContainerConfig() },
        { "config.image is missing", config => config.Image = null },
        { "config.image.image is empty", config => config.Image.Image = "" },
        { "config.working_dir 'srv'", config => config.WorkingDir = "srv" },
        { "config.command contains a NUL", config => config.Command.Add("a\0b") },
        { "config.envs.key is empty", config => config.Envs.Add(new Api.KeyValue()) },
        { "config.envs.key 'A=B' contains '='", config => config.Envs.Add(new Api.KeyValue { Key = "A=B" }) },
        { "config.envs['A'] is not UTF-8", config => config.Envs.Add(new Api.KeyValue { Key = "A", Value = ByteString.CopyFrom(0xff) }) },
        { "config.devices.permissions 'rx'", config => config.Devices.Add(new Api.Device { Permissions = "rx" }) },
        { "config.log_path '../x'", config => config.LogPath = "../x" },
        { "config.log_path '/x'", config => config.LogPath = "/x" },
        { "config.stop_signal 66", config => config.StopSignal = (Api.Signal)66 },
        { "config.stop_signal -1", config => config.StopSignal = (Api.Signal)(-1) },
        { "config.linux.resources.cpu_period -1", config => config.Linux.Resources = new Api.LinuxContainerResources { CpuPeriod = -1 } },
        { "config.linux.security_context.run_as_group", config => config.Linux.SecurityContext.RunAsGroup = new Api.Int64Value { Value = 5 } },
        { "config.mounts[''].host_path '' is not an absolute", config => config.Mounts.Add(new Api.Mount()) },
        { "config.mounts['x'].container_path", config => config.Mounts.Add(new Api.Mount { ContainerPath = "x", HostPath = "/x" }) },
        { "config.mounts['/x'].propagation 4", config => config.Mounts.Add(Mount(mount => mount.Propagation = (Api.MountPropagation)4)) },
        { "config.mounts['/x'].mount_options 'suid'", config => config.Mounts.Add(Mount(mount => mount.MountOptions.Add("suid"))) },
        { "config.mounts['/x'].recursive_read_only", config => config.Mounts.Add(Mount(mount => mount.RecursiveReadOnly = true)) },
        {
            "config.mounts['/x'].recursive_read_only",
            config => config.Mounts.Add(Mount(mount =>
            {
                mount.RecursiveReadOnly = mount.Readonly = true;
                mount.Propagation = Api.MountPropagation.PropagationHostToContainer;
            }))
        },
        { "config.mounts['/x'].image and host_path", config => config.Mounts.Add(Mount(mount => mount.Image = new Api.ImageSpec { Image = "i" })) },
        {
            "config.mounts['/x'].image_sub_path",
            config => config.Mounts.Add(new Api.Mount { ContainerPath = "/x", Image = new Api.ImageSpec { Image = "i" }, ImageSubPath = "a\0" })
        },
    };

    [Theory]
    [MemberData(nameof(BadConfigs), DisableDiscoveryEnumeration = true)]
    public void ToSpec_BadField_IsInvalidArgumentThatNamesIt(string message, Action<Api.ContainerConfig> spoil)
    {
        Api.CreateContainerRequest request = Samples.CreateContainer();
        spoil(request.Config);

        CridException error = Assert.Throws<CridException>(() => ContainerMapper.ToSpec(request));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToSpec_BadEnvironmentValue_IsNotShown()
    {
        Api.CreateContainerRequest request = Samples.CreateContainer();
        request.Config.Envs.Add(new Api.KeyValue { Key = "TOKEN", Value = ByteString.CopyFromUtf8("hunter2\0") });

        CridException error = Assert.Throws<CridException>(() => ContainerMapper.ToSpec(request));

        Assert.DoesNotContain("hunter2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToStatus_ExitedContainer_EchoesWhatKubeletReads()
    {
        Api.Mount mount = Mount(mount =>
        {
            mount.Readonly = true;
            mount.RecursiveReadOnly = true;
            mount.MountOptions.Add("noexec");
            mount.UidMappings.Add(new Api.IDMapping { HostId = 5, Length = 1 });
        });
        Api.Mount volume = new() { ContainerPath = "/image", Image = new Api.ImageSpec { Image = "sha256:i", UserSpecifiedImage = "data:1" }, ImageSubPath = "etc" };
        Api.LinuxContainerResources resources = new() { CpuPeriod = 100_000, CpuQuota = 50_000, CpuShares = 512, MemoryLimitInBytes = 1 << 20 };
        resources.HugepageLimits.Add(new Api.HugepageLimit { PageSize = "2MB", Limit = 4 });
        Api.CreateContainerRequest request = Samples.CreateContainer();
        request.Config.Mounts.Add([mount, volume]);
        request.Config.Linux.Resources = resources;
        request.Config.Labels.Add("l", "1");
        request.Config.Annotations.Add("a", "2");
        ContainerStatus exited = new()
        {
            State = ContainerState.Exited,
            CreatedAt = Samples.Created,
            StartedAt = Samples.Created.AddTicks(1),
            FinishedAt = Samples.Created.AddSeconds(1),
            ExitCode = 137,
            Reason = "OOMKilled",
            Message = "out of memory",
            ImageId = ImageId.Parse(Samples.ImageId),
            VolumeImages = [ImageId.Parse(OtherImageId)],
            User = new ResolvedUser(1000, 2000, [2000, 3000]),
            StopSignal = "SIGRTMAX-14",
            LogPath = "/var/log/pods/x/app/0.log",
        };

        Api.ContainerStatus status = ContainerMapper.ToStatus(Samples.Container(ContainerMapper.ToSpec(request), exited));

        Assert.Equal(Api.ContainerState.ContainerExited, status.State);
        Assert.Equal(1_767_323_045_000_000_000, status.CreatedAt);
        Assert.Equal(1_767_323_045_000_000_100, status.StartedAt);
        Assert.Equal(1_767_323_046_000_000_000, status.FinishedAt);
        Assert.Equal(137, status.ExitCode);
        Assert.Equal("OOMKilled", status.Reason);
        Assert.Equal("out of memory", status.Message);
        Assert.Equal(new Api.ImageSpec { Image = Samples.ImageId, UserSpecifiedImage = "busybox:1.36" }, status.Image);
        Assert.Equal(Samples.ImageId, status.ImageRef);
        Assert.Equal(Samples.ImageId, status.ImageId);
        // Read-only whether it was asked for or not, and with what the name meant when the container was made.
        volume.Readonly = true;
        volume.Image.ImageRef = OtherImageId;
        Assert.Equal([mount, volume], status.Mounts);
        Assert.Equal(resources, status.Resources.Linux);
        Assert.Equal(new Api.LinuxContainerUser { Uid = 1000, Gid = 2000, SupplementalGroups = { 2000, 3000 } }, status.User.Linux);
        Assert.Equal(Api.Signal.Sigrtmaxminus14, status.StopSignal);
        Assert.Equal("/var/log/pods/x/app/0.log", status.LogPath);
        Assert.Equal("1", status.Labels["l"]);
        Assert.Equal("2", status.Annotations["a"]);
    }

    [Fact]
    public void ToStatus_EverySignalOfTheCri_IsReportedAsItWasAskedFor()
    {
        // Two names of the same number: the kernel's own is reported.
        Dictionary<Api.Signal, Api.Signal> aliases = new()
        {
            [Api.Signal.Sigcld] = Api.Signal.Sigchld,
            [Api.Signal.Sigiot] = Api.Signal.Sigabrt,
            [Api.Signal.Sigpoll] = Api.Signal.Sigio,
        };
        Api.CreateContainerRequest request = Samples.CreateContainer();
        foreach (Api.Signal signal in Enum.GetValues<Api.Signal>().Where(static signal => signal != Api.Signal.RuntimeDefault))
        {
            request.Config.StopSignal = signal;
            ContainerSpec spec = ContainerMapper.ToSpec(request);

            // Containers keep the name of the number, whoever gave it.
            Assert.True(SignalNames.TryParse(spec.StopSignal, out int number));
            Container container = Samples.Container(spec);
            ContainerStatus status = container.Status with { StopSignal = SignalNames.ToName(number) };

            Assert.Equal(aliases.GetValueOrDefault(signal, signal), ContainerMapper.ToStatus(container with { Status = status }).StopSignal);
        }
    }

    [Fact]
    public void ToStatus_CreatedContainer_HasNoTimesBeyondItsCreation()
    {
        Api.ContainerStatus status = ContainerMapper.ToStatus(Samples.Container());

        Assert.Equal(0, status.StartedAt);
        Assert.Equal(0, status.FinishedAt);
        Assert.Null(status.User);
        Assert.Null(status.Resources);
    }

    [Fact]
    public void ToStatus_ResourcesUpdated_ReportsTheLastOnes()
    {
        Container container = Samples.Container();
        ContainerStatus status = container.Status with { Resources = new ResourcesSpec { CpuShares = 2048 } };

        Api.ContainerStatus message = ContainerMapper.ToStatus(container with { Status = status });

        Assert.Equal(2048, message.Resources.Linux.CpuShares);
    }

    [Fact]
    public void ToListItem_Container_HasImageInEveryField()
    {
        Container container = Samples.Container();

        Api.Container item = ContainerMapper.ToListItem(container);

        Assert.Equal(container.Id.Value, item.Id);
        Assert.Equal(container.SandboxId.Value, item.PodSandboxId);
        Assert.Equal(Samples.ImageId, item.Image.Image);
        Assert.Equal(Samples.ImageId, item.ImageRef);
        Assert.Equal(Samples.ImageId, item.ImageId);
    }

    [Fact]
    public void Signals_EveryValue_IsNamedAsInTheDescriptor()
    {
        foreach (Api.Signal signal in Enum.GetValues<Api.Signal>().Where(signal => signal != Api.Signal.RuntimeDefault))
        {
            string protobufName = Api.ApiReflection.Descriptor.EnumTypes.Single(type => type.Name == "Signal").FindValueByNumber((int)signal).Name;

            string name = Signals.ToName(signal, "signal");

            Assert.Equal(protobufName, "SIGNAL_" + name.Replace("+", "PLUS", StringComparison.Ordinal).Replace("-", "MINUS", StringComparison.Ordinal));
            Assert.Equal(signal, Signals.FromName(name));
        }
    }

    [Theory]
    [InlineData("TERM", Api.Signal.Sigterm)]
    [InlineData("sigquit", Api.Signal.Sigquit)]
    [InlineData("SIGNOTHING", Api.Signal.RuntimeDefault)]
    [InlineData("", Api.Signal.RuntimeDefault)]
    public void Signals_FromName_TakesOtherSpellings(string name, Api.Signal expected)
    {
        Assert.Equal(expected, Signals.FromName(name));
    }

    private static Api.Mount Mount(Action<Api.Mount> change)
    {
        Api.Mount mount = new() { ContainerPath = "/x", HostPath = "/srv/x" };
        change(mount);
        return mount;
    }
}
