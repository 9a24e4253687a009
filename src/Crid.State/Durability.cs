namespace Crid.State;

/// <summary>What a commit survives.</summary>
public enum Durability
{
    /// <summary>The end of the process. Enough for rows that die with the machine's running containers.</summary>
    Process,

    /// <summary>A power cut: for images and layers.</summary>
    Power,
}
