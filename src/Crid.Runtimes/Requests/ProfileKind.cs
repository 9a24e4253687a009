namespace Crid.Runtimes;

/// <summary>Where a security profile comes from; numbers are those of the CRI.</summary>
public enum ProfileKind
{
    RuntimeDefault = 0,
    Unconfined = 1,
    Localhost = 2,
}
