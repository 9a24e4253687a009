using Crid.Core;
using Crid.Images;
using Crid.Oci;

namespace Crid.Pods.Tests;

/// <summary>Images of the fake machine: only <c>busybox</c> is there.</summary>
internal sealed class FakeImages : IImages
{
    public string? StopSignal { get; set; }

    public Image? Find(string idOrReference) => idOrReference == "busybox"
        ? new Image
        {
            Id = new ImageId(BlobDigest.Of([1])),
            Tags = [],
            Digests = [],
            Size = 1,
            Config = new ImageConfig { Config = new ImageExecutionConfig { StopSignal = StopSignal } },
            Layers = [],
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
