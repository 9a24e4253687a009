namespace Crid.Runtimes;

/// <summary>Whose namespace a container uses; numbers are those of the CRI.</summary>
public enum NamespaceMode
{
    Pod = 0,
    Container = 1,
    Node = 2,
    Target = 3,
}
