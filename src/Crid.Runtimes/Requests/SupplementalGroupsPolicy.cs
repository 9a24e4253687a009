namespace Crid.Runtimes;

/// <summary>Whether groups of the image's /etc/group count; numbers are those of the CRI.</summary>
public enum SupplementalGroupsPolicy
{
    Merge = 0,
    Strict = 1,
}
