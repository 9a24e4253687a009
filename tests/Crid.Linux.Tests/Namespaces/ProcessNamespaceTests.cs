namespace Crid.Linux.Tests;

public sealed class ProcessNamespaceTests
{
    private static ulong OwnStartTime => ProcessStat.Find(Environment.ProcessId)!.Value.StartTimeTicks;

    [Fact]
    public void Find_LivingProcess_PathLeadsToItsNamespaceUntilDispose()
    {
        string path;
        using (ProcessNamespace found = ProcessNamespace.Find(Environment.ProcessId, OwnStartTime)!)
        {
            path = found.Path;
            Assert.Equal(new FileInfo("/proc/self/ns/pid").LinkTarget, new FileInfo(path).LinkTarget);
        }

        Assert.NotEqual(new FileInfo("/proc/self/ns/pid").LinkTarget, new FileInfo(path).LinkTarget);
    }

    [Fact]
    public void Find_PidOfAnotherProcess_IsNull() => Assert.Null(ProcessNamespace.Find(Environment.ProcessId, OwnStartTime + 1));

    [Fact]
    public void Find_NoSuchProcess_IsNull() => Assert.Null(ProcessNamespace.Find(int.MaxValue, 1));
}
