namespace Crid.Keeper.Protocol;

/// <summary>What a descriptor is that the keeper has its client hold. Numbers never change.</summary>
public enum HeldKind : byte
{
    /// <summary>The pidfd of the process, which tells its exit status after somebody else has reaped it.</summary>
    Process = 1,

    /// <summary>Standard input open for writing, so that the container does not read its end.</summary>
    Stdin = 2,

    /// <summary>The read end of an output, so that what was written is not lost when the container ends.</summary>
    Stdout = 3,

    Stderr = 4,

    /// <summary>The master of the pty, without which the container gets a SIGHUP.</summary>
    Terminal = 5,
}
