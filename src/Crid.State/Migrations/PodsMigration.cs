namespace Crid.State;

/// <summary>Version 2: sandboxes and containers; spec and status are JSON documents of Crid.Pods.</summary>
internal static class PodsMigration
{
    public const string Sql = """
        CREATE TABLE sandboxes (
            id     TEXT PRIMARY KEY,
            intent TEXT NOT NULL,                        -- what is under way: create, remove, or empty
            spec   BLOB NOT NULL,
            status BLOB NOT NULL
        );
        CREATE TABLE containers (
            id         TEXT PRIMARY KEY,
            sandbox_id TEXT NOT NULL,
            intent     TEXT NOT NULL,                    -- what is under way: create, start, remove, or empty
            spec       BLOB NOT NULL,
            status     BLOB NOT NULL
        );
        CREATE TABLE boot (
            id TEXT NOT NULL                             -- the boot whose processes and mounts the rows speak of
        );
        """;
}
