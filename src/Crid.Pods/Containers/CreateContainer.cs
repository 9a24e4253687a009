using Crid.Core;
using Crid.Linux;
using Crid.Images;
using Crid.Oci;
using Crid.Runtimes;

namespace Crid.Pods;

/// <summary>Makes a container in a ready sandbox, up to the point at which its process waits to be started.</summary>
internal sealed class CreateContainer(PodsContext context, ContainerExits exits, ReleaseContainer release, RemoveContainer removeContainer)
{
    private const string DefaultStopSignal = "SIGTERM";

    private readonly PodsPorts _ports = context.Ports;

    public Task<ContainerId> ExecuteAsync(string sandboxId, ContainerSpec spec, CancellationToken caller)
    {
        SandboxId sandbox = context.Sandboxes.Get(sandboxId).Id;
        return context.CreationsInFlight.JoinOrStartAsync(
            $"create container '{spec.Metadata.Name}' in sandbox '{sandbox.Short}'",
            new ContainerIdentity(sandbox, spec.Metadata),
            CanonicalSpec.Write(spec),
            token => CreateAsync(sandbox, spec, token),
            caller);
    }

    private async Task<ContainerId> CreateAsync(SandboxId sandboxId, ContainerSpec spec, CancellationToken cancellationToken)
    {
        long start = context.Time.GetTimestamp();
        if (await FindExistingAsync(new ContainerIdentity(sandboxId, spec.Metadata), cancellationToken) is Container existing)
        {
            return Claim(existing, spec);
        }

        await using Rollback rollback = new(context.Logger, context.Options.UndoTimeout);
        (Sandbox sandbox, Container container, Image image) = await ReserveAsync(sandboxId, spec, rollback, cancellationToken);
        CreatedContainer created = await MakeAsync(sandbox, container, image.Config, rollback, cancellationToken);

        cancellationToken.ThrowIfCancellationRequested();
        exits.Watch(container.Id, created.Pid, created.StartTimeTicks);
        await context.Containers.UpdateAsync(
            container.Id,
            current => current with { Status = current.Status.WithProcess(created), Intent = Intent.None });
        rollback.Commit();
        PodsLog.ContainerCreated(
            context.Logger,
            container.Id.Value,
            sandboxId.Value,
            spec.Metadata.Name,
            context.Time.GetElapsedTime(start).TotalMilliseconds);
        return container.Id;
    }

    /// <summary>
    /// Writes the intent under the sandbox's lock: from here on a stop of the sandbox sees this container, and after a stop none begins.
    /// </summary>
    private async Task<(Sandbox Sandbox, Container Container, Image Image)> ReserveAsync(
        SandboxId sandboxId, ContainerSpec spec, Rollback rollback, CancellationToken cancellationToken)
    {
        using IDisposable held = await context.SandboxLocks.AcquireAsync(sandboxId, cancellationToken);
        Sandbox sandbox = context.Sandboxes.Find(sandboxId) ?? throw CridException.NotFound($"no sandbox '{sandboxId}'");
        if (!sandbox.IsReady)
        {
            throw CridException.FailedPrecondition($"sandbox '{sandboxId.Short}' is not ready");
        }

        Image image = _ports.Images.Find(spec.Image)
            ?? throw CridException.NotFound($"image '{spec.Image}' is not on this node: pull it first");
        if (image.ArtifactType is { } type)
        {
            throw CridException.InvalidArgument($"'{spec.Image}' is an artifact of type '{type}', not a container image: it can only be mounted as a volume");
        }

        Container container = Plan(sandbox, spec, image);
        rollback.Add("container record", _ => AbandonAsync(container.Id, rollback.IsClean));
        await context.Containers.InsertAsync(container);
        return (sandbox, container, image);
    }

    private async Task<CreatedContainer> MakeAsync(
        Sandbox sandbox, Container container, ImageConfig image, Rollback rollback, CancellationToken cancellationToken)
    {
        ContainerId id = container.Id;
        string handler = sandbox.RuntimeHandler;
        ProcessIdentity? pidOwner = FindPidOwner(sandbox, container);

        SnapshotOwner? owner = OwnerOf(sandbox);
        rollback.Add("container files", _ => release.DeleteFilesAsync(id));
        _ports.Host.ContainerFiles.Create(id, owner?.RootGroupId);
        if (container.Status.LogPath.Length > 0)
        {
            _ports.Host.ContainerFiles.CreateLogDirectory(container.Status.LogPath);
        }

        rollback.Add("snapshot", undo => release.RemoveSnapshotAsync(id, undo));
        await _ports.Snapshots.PrepareAsync(id, container.Status.ImageId, release.RootfsOf(id), owner, LabelOf(sandbox, container), cancellationToken);

        IReadOnlyList<string> volumes = await MountVolumesAsync(sandbox, container, rollback, cancellationToken);
        rollback.Add("container process", undo => release.DeleteProcessAsync(id, handler, undo));
        return await _ports.Runtimes.Get(handler).CreateAsync(
            new ContainerCreation
            {
                Id = id,
                Spec = container.Spec,
                Sandbox = sandbox.Spec,
                Environment = sandbox.Status.Environment!,
                Image = image,
                RootfsPath = release.RootfsOf(id),
                BundleDirectory = _ports.Directories.Container(id),
                LogPath = container.Status.LogPath.Length > 0 ? container.Status.LogPath : null,
                PidOwner = pidOwner,
                ImageVolumes = volumes,
            },
            cancellationToken);
    }

    private async Task<IReadOnlyList<string>> MountVolumesAsync(
        Sandbox sandbox, Container container, Rollback rollback, CancellationToken cancellationToken)
    {
        if (container.Status.VolumeImages is not { } images)
        {
            return [];
        }

        IEnumerable<MountSpec> mounts = container.Spec.Mounts.Where(static mount => mount.Image.Length > 0);
        ImageVolume[] volumes = [.. images.Zip(mounts, static (image, mount) => new ImageVolume(image, mount.ImageSubPath))];
        rollback.Add("image volumes", undo => release.UnmountVolumesAsync(container.Id, undo));
        return await _ports.ImageVolumes.MountAsync(container.Id, volumes, OwnerOf(sandbox), LabelOf(sandbox, container), cancellationToken);
    }

    /// <summary>
    /// One that is being removed, or undone because a crash cut it short, frees its name with its lock. One that still counts as being made then
    /// is what an attempt has left that could neither be undone nor be given to the node agent: it is removed.
    /// </summary>
    private async Task<Container?> FindExistingAsync(ContainerIdentity identity, CancellationToken cancellationToken)
    {
        if (context.Containers.FindByName(identity) is { Intent: Intent.Create or Intent.Remove } leaving)
        {
            using IDisposable held = await context.ContainerLocks.AcquireAsync(leaving.Id, cancellationToken);
            if (context.Containers.Find(leaving.Id) is { Intent: Intent.Create })
            {
                await removeContainer.RemoveLockedAsync(leaving.Id, cancellationToken);
            }
        }

        return context.Containers.FindByName(identity);
    }

    private static SnapshotOwner? OwnerOf(Sandbox sandbox) =>
        sandbox.Status.Environment?.UserNamespace is string path && sandbox.Spec.Security.Namespaces.FindOwnUser() is UserNamespaceSpec user
            ? new SnapshotOwner(path, user.ToHostUser(0), user.ToHostGroup(0))
            : null;

    private static string? LabelOf(Sandbox sandbox, Container container) => sandbox.Status.Environment?.Selinux is { } ofPod
        ? SelinuxLabel.ForContainer(ofPod, container.Spec.Security.Selinux).Mount
        : null;

    private static ContainerId Claim(Container existing, ContainerSpec spec)
    {
        string name = $"container '{spec.Metadata.Name}' attempt {spec.Metadata.Attempt}";
        if (existing.Status.State != ContainerState.Created || existing.Intent != Intent.None)
        {
            throw new CridException(ErrorKind.AlreadyExists, $"{name} exists and has been started or is being removed: {existing.Id}");
        }

        return CanonicalSpec.AreEqual(existing.Spec, spec)
            ? existing.Id
            : throw new CridException(ErrorKind.AlreadyExists, $"{name} exists with another specification: {existing.Id}");
    }

    private Container Plan(Sandbox sandbox, ContainerSpec spec, Image image)
    {
        ContainerId id = ContainerId.New();
        ContainerStatus status = new()
        {
            State = ContainerState.Created,
            CreatedAt = context.Time.GetUtcNow(),
            ImageId = image.Id,
            VolumeImages = FindVolumeImages(spec),
            StopSignal = ChooseStopSignal(id, spec.StopSignal, image.Config.Config?.StopSignal),
            LogPath = LogPathOf(sandbox.Spec, spec),

            // Known from the first: an OCI runtime that is killed half-way leaves a cgroup and nothing that tells of it.
            CgroupPath = CgroupPath.For(_ports.Runtimes.CgroupDriver, sandbox.Spec.CgroupParent, id.Value),
            Resources = spec.Resources,
        };
        return new Container(id, sandbox.Id, spec, status) { Intent = Intent.Create };
    }

    private ImageId[]? FindVolumeImages(ContainerSpec spec)
    {
        ImageId[] images = [.. spec.Mounts.Where(static mount => mount.Image.Length > 0).Select(mount =>
            _ports.Images.Find(mount.Image)?.Id ?? throw new CridException(ErrorKind.NotFound, $"image '{mount.Image}' for '{mount.ContainerPath}' is not on this node: pull it first")
            {
                Reason = ImageVolume.MountFailed,
            })];
        return images.Length == 0 ? null : images;
    }

    /// <summary>The image's signal is stored with the container: the image may be gone when it is stopped.</summary>
    private string ChooseStopSignal(ContainerId id, string requested, string? ofImage)
    {
        if (requested.Length > 0)
        {
            return SignalNames.TryParse(requested, out int signal)
                ? SignalNames.ToName(signal)
                : throw CridException.InvalidArgument($"'{requested}' is not a signal");
        }

        if (string.IsNullOrEmpty(ofImage))
        {
            return DefaultStopSignal;
        }

        if (SignalNames.TryParse(ofImage, out int image))
        {
            return SignalNames.ToName(image);
        }

        PodsLog.UnknownStopSignal(context.Logger, id.Value, ofImage);
        return DefaultStopSignal;
    }

    private static string LogPathOf(SandboxSpec sandbox, ContainerSpec spec)
    {
        if (sandbox.LogDirectory.Length == 0 || spec.LogPath.Length == 0)
        {
            return "";
        }

        string directory = Path.GetFullPath(sandbox.LogDirectory);
        string path = Path.GetFullPath(Path.Join(directory, spec.LogPath));
        return path.StartsWith(directory.TrimEnd('/') + "/", StringComparison.Ordinal)
            ? path
            : throw CridException.InvalidArgument($"log path '{spec.LogPath}' leads out of the sandbox's log directory");
    }

    private ProcessIdentity? FindPidOwner(Sandbox sandbox, Container container)
    {
        NamespacesSpec namespaces = container.Spec.Security.Namespaces;
        if (namespaces.Pid != NamespaceMode.Target)
        {
            return namespaces.Pid == NamespaceMode.Pod && sandbox.Status.Infra is InfraProcess infra
                ? new ProcessIdentity(infra.Pid, infra.StartTimeTicks)
                : null;
        }

        Container target = context.Containers.Get(namespaces.TargetId);
        if (target.SandboxId != container.SandboxId)
        {
            throw CridException.InvalidArgument($"target container '{target.Id.Short}' belongs to another sandbox");
        }

        target.Status.Require(ContainerState.Running, $"join the PID namespace of container '{target.Id.Short}'");
        return new ProcessIdentity(target.Status.Pid, target.Status.StartTimeTicks);
    }

    /// <summary>After a clean undo nothing tells of the attempt; else it stays listed as exited for Remove to finish.</summary>
    private Task AbandonAsync(ContainerId id, bool isClean)
    {
        if (isClean)
        {
            return context.Containers.DeleteAsync(id);
        }

        DateTimeOffset now = context.Time.GetUtcNow();
        return context.Containers.TryUpdateAsync(
            id,
            current => current with { Status = current.Status.ToStartError(now, "its creation failed and could not be undone"), Intent = Intent.None });
    }
}
