namespace Crid.State;

/// <summary>Version 5: since when finished layers wait for the pull that began them, or its retry.</summary>
internal static class WaitingLayersMigration
{
    public const string Sql = """
        ALTER TABLE layers ADD COLUMN waiting_since INTEGER;  -- Unix time, ms; null once an image has had the layer
        """;
}
