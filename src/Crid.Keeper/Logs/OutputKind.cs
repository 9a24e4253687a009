namespace Crid.Keeper;

/// <summary>Which of its outputs a container wrote to; a terminal has the first only.</summary>
internal enum OutputKind : byte
{
    Stdout = 0,
    Stderr = 1,
}
