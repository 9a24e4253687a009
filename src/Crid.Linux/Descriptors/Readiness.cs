namespace Crid.Linux;

/// <summary>What a descriptor is ready for; end of stream and errors count as both.</summary>
[Flags]
public enum Readiness
{
    None = 0,
    Readable = 1,
    Writable = 2,
}
