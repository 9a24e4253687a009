using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Crid.Core;
using Crid.Oci;
using Crid.Runtimes;

namespace Crid.Benchmarks;

/// <summary>The OCI spec of an ordinary container: made from the request, and written as JSON.</summary>
[MemoryDiagnoser]
public class SpecBenchmarks
{
    private readonly SpecBuilder _builder = new(
        new HostFacts
        {
            Capabilities = Capability.Names,
            UnifiedCgroups = true,
            SwapController = true,
            HugepageController = true,
            Architecture = CpuArchitecture.Amd64,
            Kernel = new Version(6, 12),
            OomScoreAdj = -999,
            Seccomp = true,
            AppArmor = false,
            Selinux = false,
            UserNamespaces = true,
        },
        new HostFiles());

    private SpecInput _input = null!;
    private OciSpec _spec = null!;

    [GlobalSetup]
    public void Setup()
    {
        ContainerId container = ContainerId.Parse(new string('c', 64));
        ContainerCreation creation = new()
        {
            Id = container,
            Spec = new ContainerSpec
            {
                Metadata = new ContainerMetadata("web", 0),
                Image = "sha256:" + new string('a', 64),
                UserSpecifiedImage = "busybox",
                Command = ["/bin/sleep", "1000"],
                Security = new SecuritySpec { Namespaces = new NamespacesSpec { Pid = NamespaceMode.Container } },
            },
            Sandbox = new SandboxSpec { Metadata = new SandboxMetadata("shop", "prod", "0f5c-77", 0), CgroupParent = "/kubepods/pod0f5c-77" },
            Environment = new SandboxEnvironment
            {
                Id = SandboxId.Parse(new string('5', 64)),
                NetworkNamespace = "/run/crid/ns/5/net",
                IpcNamespace = "/run/crid/ns/5/ipc",
                UtsNamespace = "/run/crid/ns/5/uts",
                ShmPath = "/run/crid/sandboxes/5/shm",
                ResolvConfPath = "/run/crid/sandboxes/5/resolv.conf",
                HostnamePath = "/run/crid/sandboxes/5/hostname",
                HostsPath = "/run/crid/sandboxes/5/hosts",
                Hostname = "shop",
            },
            Image = new ImageConfig { Config = new ImageExecutionConfig { Env = ["PATH=/usr/bin:/bin"] } },
            RootfsPath = "/run/crid/containers/c/rootfs",
            BundleDirectory = "/run/crid/containers/c",
        };
        _input = new SpecInput
        {
            Creation = creation,
            User = new ResolvedUser(0, 0, [0]),
            CgroupPath = CgroupPath.For(CgroupDriver.Cgroupfs, creation.Sandbox.CgroupParent, container.Value),
            RecursiveReadOnlyMounts = true,
            UserNamespaces = true,
        };
        _spec = _builder.Build(_input);
    }

    [Benchmark]
    public object Build() => _builder.Build(_input);

    [Benchmark]
    public int Write() => JsonSerializer.SerializeToUtf8Bytes(_spec, OciJson.Default.OciSpec).Length;
}
