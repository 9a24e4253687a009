namespace Crid.Oci;

/// <summary>Media types of image-spec media-types.md and of Docker's schema 2.</summary>
public static class MediaTypes
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json";

    public const string OciConfig = "application/vnd.oci.image.config.v1+json";

    /// <summary>A blob of <c>{}</c> that stands for no config or no content.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    private const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    // What old versions of Docker called their configs.
    private const string UntypedConfig = "application/octet-stream";

    private const string OciLayer = "application/vnd.oci.image.layer.v1.tar";
    private const string OciNondistributableLayer = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    private const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
    private const string DockerForeignLayer = "application/vnd.docker.image.rootfs.foreign.diff.tar";

    public static bool IsManifest(string? mediaType) => mediaType is OciManifest or DockerManifest;

    public static bool IsIndex(string? mediaType) => mediaType is OciIndex or DockerIndex;

    /// <summary>True for configs of container images, which a manifest need not say that they are.</summary>
    public static bool IsImageConfig(string? mediaType) => mediaType is null or "" or OciConfig or DockerConfig or UntypedConfig;

    /// <summary>True for layers that are tar archives, compressed or not; false for encrypted layers and other artifacts.</summary>
    public static bool IsLayer(string? mediaType) =>
        WithoutCompression(mediaType) is OciLayer or OciNondistributableLayer or DockerLayer or DockerForeignLayer;

    /// <summary>The type of the archive that a type of a compressed one is about.</summary>
    public static string WithoutCompression(string? mediaType)
    {
        string type = mediaType ?? "";
        return type.EndsWith("+gzip", StringComparison.Ordinal) || type.EndsWith("+zstd", StringComparison.Ordinal)
            || type.EndsWith(".gzip", StringComparison.Ordinal) || type.EndsWith(".zstd", StringComparison.Ordinal) ? type[..^5] : type;
    }
}
