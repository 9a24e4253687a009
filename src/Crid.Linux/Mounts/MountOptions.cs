namespace Crid.Linux;

/// <summary>The per-mount options of mount(2).</summary>
[Flags]
public enum MountOptions
{
    None = 0,
    ReadOnly = 1,
    NoSuid = 2,
    NoDev = 4,
    NoExec = 8,
}
