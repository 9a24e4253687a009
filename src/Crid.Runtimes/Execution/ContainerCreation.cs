using Crid.Core;
using Crid.Oci;

namespace Crid.Runtimes;

/// <summary>All that making a container needs: the two requests, the image, and what the sandbox has prepared.</summary>
public sealed record ContainerCreation
{
    public required ContainerId Id { get; init; }

    public required ContainerSpec Spec { get; init; }

    public required SandboxSpec Sandbox { get; init; }

    public required SandboxEnvironment Environment { get; init; }

    public required ImageConfig Image { get; init; }

    /// <summary>Where the root file system is mounted.</summary>
    public required string RootfsPath { get; init; }

    /// <summary>The directories on the host that are mounted for the mounts which name an image, in their order.</summary>
    public IReadOnlyList<string> ImageVolumes { get; init; } = [];

    /// <summary>An existing directory, mode 0700, of this container alone: config.json, pid file, io/.</summary>
    public required string BundleDirectory { get; init; }

    /// <summary>Absolute path of the log file; null discards.</summary>
    public string? LogPath { get; init; }

    /// <summary>Whose PID namespace the container joins: the sandbox's infra process in PID mode Pod, the target's init in mode Target.</summary>
    public ProcessIdentity? PidOwner { get; init; }
}
