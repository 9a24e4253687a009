namespace Crid.State;

/// <summary>Version 1: layers, images, their names, and the snapshots that hold layers.</summary>
internal static class ImagesMigration
{
    public const string Sql = """
        CREATE TABLE layers (
            number   INTEGER PRIMARY KEY AUTOINCREMENT,  -- name of the directory below layers/
            key      TEXT NOT NULL UNIQUE,               -- diff id, or chain id where the layer depends on its parents
            diff_id  TEXT NOT NULL,
            bytes    INTEGER NOT NULL,
            inodes   INTEGER NOT NULL
        );
        CREATE TABLE images (
            id         TEXT PRIMARY KEY,                 -- digest of the config
            config     BLOB NOT NULL,                    -- the config as it was pulled
            pinned     INTEGER NOT NULL,
            created_at INTEGER NOT NULL                  -- Unix time, ms
        );
        CREATE TABLE image_layers (
            image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,                   -- 0 is the bottom
            layer    INTEGER NOT NULL REFERENCES layers(number),
            PRIMARY KEY (image_id, position)
        );
        CREATE TABLE image_names (
            name     TEXT PRIMARY KEY,                   -- registry/repository:tag or registry/repository@digest
            image_id TEXT NOT NULL REFERENCES images(id) ON DELETE CASCADE
        );
        CREATE TABLE snapshots (
            container_id TEXT NOT NULL,
            position     INTEGER NOT NULL,
            layer        INTEGER NOT NULL REFERENCES layers(number),
            PRIMARY KEY (container_id, position)
        );
        """;
}
