namespace Crid.HostTests;

/// <summary>
/// Tests in which this process is the keeper, and so takes in orphans. They run alone: another test's processes must be left to init, which reaps
/// them, or their PID namespaces could not end.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class ActingKeeperCollection
{
    public const string Name = "acting keeper";
}
