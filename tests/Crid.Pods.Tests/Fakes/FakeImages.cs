using Crid.Core;
using Crid.Images;
using Crid.Oci;

namespace Crid.Pods.Tests;

/// <summary>Images of the fake machine: only <c>busybox</c> and the artifact <c>data</c> are there.</summary>
internal sealed class FakeImages : IImages
{
    public string? StopSignal { get; set; }

    public static ImageId Busybox { get; } = new(BlobDigest.Of([1]));

    public static ImageId Data { get; } = new(BlobDigest.Of([2]));

    public Image? Find(string idOrReference) => idOrReference is "busybox" or "data"
        ? new Image
        {
            Id = idOrReference == "data" ? Data : Busybox,
            Tags = [],
            Digests = [],
            Size = 1,
            Config = new ImageConfig { Config = new ImageExecutionConfig { StopSignal = StopSignal } },
            Layers = [],
            ArtifactType = idOrReference == "data" ? "application/vnd.example" : null,
        }
        : null;

    public Image Get(string idOrReference) => Find(idOrReference) ?? throw CridException.NotFound(idOrReference);

    public IReadOnlyList<Image> List() => [];

    public Task<Image> PullAsync(PullRequest request, CancellationToken cancellationToken) => throw NotUsed();

    public Task RemoveAsync(string idOrReference, CancellationToken cancellationToken) => throw NotUsed();

    public Task<IReadOnlyList<Image>> ImportAsync(string path, CancellationToken cancellationToken) => throw NotUsed();

    public FilesystemUsage GetUsage() => throw NotUsed();

    public IReadOnlyList<PullProgress> ListPulls() => throw NotUsed();

    private static NotSupportedException NotUsed() => new("not a part of pods");
}
