namespace Crid.Pods.Tests;

/// <summary>The memory controller of the fake machine.</summary>
internal sealed class FakeOomKills(Incarnation life) : IOomKills
{
    public bool HasKilled(string cgroupPath) => life.Look(() => life.Machine.OutOfMemory.Contains(cgroupPath));
}
