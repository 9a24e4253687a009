using Crid.Core;
using Crid.Images;
using Crid.Oci;
using Crid.Pods;
using Crid.Runtimes;

namespace Crid.Cri.Tests;

/// <summary>Valid requests and records for tests to vary.</summary>
internal static class Samples
{
    public const string ImageId = "sha256:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    public static DateTimeOffset Created { get; } = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static Api.RunPodSandboxRequest RunPodSandbox() => new()
    {
        Config = new Api.PodSandboxConfig
        {
            Metadata = new Api.PodSandboxMetadata { Name = "web", Namespace = "default", Uid = "u1", Attempt = 2 },
            Linux = new Api.LinuxPodSandboxConfig { SecurityContext = new Api.LinuxSandboxSecurityContext() },
        },
    };

    public static Api.CreateContainerRequest CreateContainer() => new()
    {
        PodSandboxId = "s1",
        Config = new Api.ContainerConfig
        {
            Metadata = new Api.ContainerMetadata { Name = "app", Attempt = 1 },
            Image = new Api.ImageSpec { Image = ImageId, UserSpecifiedImage = "busybox:1.36" },
            Linux = new Api.LinuxContainerConfig { SecurityContext = new Api.LinuxContainerSecurityContext() },
        },
    };

    public static Sandbox Sandbox(SandboxSpec? spec = null) => new(
        SandboxId.New(),
        spec ?? new SandboxSpec { Metadata = new SandboxMetadata("web", "default", "u1", 2) },
        new SandboxStatus { State = SandboxState.Ready, CreatedAt = Created, Addresses = ["10.1.0.2", "fd00::2"] });

    public static Container Container(ContainerSpec? spec = null, ContainerStatus? status = null) => new(
        ContainerId.New(),
        SandboxId.New(),
        spec ?? new ContainerSpec { Metadata = new ContainerMetadata("app", 1), Image = ImageId, UserSpecifiedImage = "busybox:1.36" },
        status ?? new ContainerStatus { State = ContainerState.Created, CreatedAt = Created, ImageId = Crid.Core.ImageId.Parse(ImageId) });

    public static Image Image(string user = "") => new()
    {
        Id = Crid.Core.ImageId.Parse(ImageId),
        Tags = [ImageReference.Parse("registry.test/busybox:1.36")],
        Digests = [ImageReference.Parse("registry.test/busybox@" + ImageId)],
        Size = 1234,
        Config = new ImageConfig { Architecture = "amd64", Os = "linux", Config = new ImageExecutionConfig { User = user, Cmd = ["sh"] } },
        Layers = [],
    };
}
