namespace Crid.State;

/// <summary>Version 4: the manifests of images that are OCI artifacts, whose id is the manifest's digest.</summary>
internal static class ArtifactsMigration
{
    public const string Sql = """
        ALTER TABLE images ADD COLUMN manifest BLOB;  -- null for container images
        """;
}
