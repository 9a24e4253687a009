namespace Crid.State;

/// <summary>Version 3: the layers that containers hold for the images among their volumes.</summary>
internal static class ImageVolumesMigration
{
    public const string Sql = """
        CREATE TABLE image_volumes (
            container_id TEXT NOT NULL,
            layer        INTEGER NOT NULL REFERENCES layers(number),
            PRIMARY KEY (container_id, layer)
        );
        """;
}
