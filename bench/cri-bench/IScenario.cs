namespace Crid.Bench;

/// <summary>Something that is measured on all targets, which take turns so that the state of the machine is the same for each.</summary>
internal interface IScenario
{
    Task RunAsync(BenchOptions options, IReadOnlyList<Target> targets, Measurements measurements, CancellationToken cancellation);
}
