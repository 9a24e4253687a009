using Crid.Core;

namespace Crid.Images;

/// <summary>The images of this node. Find, Get and List answer from memory.</summary>
public interface IImages
{
    IReadOnlyList<Image> List();

    /// <summary>Looks an image up by id (with or without algorithm, or a unique prefix of at least four digits of it), by tag or by digest reference.</summary>
    Image? Find(string idOrReference);

    /// <exception cref="CridException">NotFound: no such image.</exception>
    Image Get(string idOrReference);

    /// <summary>Pulls an image; calls for the same image share one pull. When this returns the image is durable.</summary>
    Task<Image> PullAsync(PullRequest request, CancellationToken cancellationToken);

    /// <summary>Removes an image with all its tags and digests; accepts images that do not exist.</summary>
    Task RemoveAsync(string idOrReference, CancellationToken cancellationToken);

    /// <summary>Adds the images of an archive (OCI layout as tar, compressed or not) or of an OCI layout directory.</summary>
    Task<IReadOnlyList<Image>> ImportAsync(string path, CancellationToken cancellationToken);

    /// <summary>What the layer store uses; bytes and inodes.</summary>
    FilesystemUsage GetUsage();

    /// <summary>The progress of the pulls that run now.</summary>
    IReadOnlyList<PullProgress> ListPulls();
}
