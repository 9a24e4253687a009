namespace Crid.Keeper;

/// <summary>What is being done with the output in a <see cref="Spool"/>; the numbers are those of the files.</summary>
internal enum SpoolMode : byte
{
    /// <summary>Nothing is in it.</summary>
    Idle = 0,

    /// <summary>There is output that was read and is not logged.</summary>
    Holding = 1,

    /// <summary>The same, and more is being read behind it.</summary>
    Reading = 2,

    /// <summary>The same, and the first of it is being written.</summary>
    Writing = 3,
}
