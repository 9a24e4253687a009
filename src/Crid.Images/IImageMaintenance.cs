using Crid.Core;

namespace Crid.Images;

/// <summary>What administrators do with the images of a node beyond the CRI.</summary>
public interface IImageMaintenance
{
    /// <summary>
    /// Compares every layer on disk with the digest and the entries of the archive that it was unpacked from. With <paramref name="repair"/> damaged
    /// layers are fetched again; containers that run on them keep what they have.
    /// </summary>
    Task<VerificationReport> VerifyAsync(bool repair, RegistryCredentials? credentials, CancellationToken cancellationToken);

    /// <summary>Writes images to a file: an OCI layout as a tar archive, which <c>docker load</c> takes as well. When it returns the file is durable.</summary>
    /// <exception cref="CridException">NotFound: no such image. FailedPrecondition: a layer can't be written again, or is damaged.</exception>
    Task ExportAsync(IReadOnlyList<string> images, string path, CancellationToken cancellationToken);
}
