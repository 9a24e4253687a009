using Crid.Images;

namespace Crid.Pods;

/// <summary>What a running container uses.</summary>
/// <param name="WritableLayer">Null while its first measurement, of a large tree, is under way.</param>
public sealed record ContainerStatistics(Container Container, CgroupSample Sample, FilesystemUsage? WritableLayer);
